-- Puts a message in its list, unless the task (or one with its idempotency key) is there already.
-- KEYS: list, once. ARGV: message, id, seconds for which the id is remembered.
local before = redis.call('GET', KEYS[2])
if before then return before end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
redis.call('LPUSH', KEYS[1], ARGV[1])
return ARGV[2]
