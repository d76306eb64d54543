-- Forgets a chord that was followed up, and remembers that it was.
-- KEYS: claim (.c), parts (.j), difference (.t), size (.s), counted (.d). ARGV: claim, seconds.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4], KEYS[5])
redis.call('SET', KEYS[1], 'done', 'EX', ARGV[2])
return 1
