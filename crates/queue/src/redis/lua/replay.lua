-- Puts a dead letter's message back into a list.
-- KEYS: list of dead letters, the letter, list, result. ARGV: letter's id, message.
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end
redis.call('DEL', KEYS[2], KEYS[4])
redis.call('LPUSH', KEYS[3], ARGV[2])
return 1
