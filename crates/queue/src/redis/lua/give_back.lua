-- Puts a held message back, first in its list.
-- KEYS: unacked_index, unacked, held, list. ARGV: tag, message.
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('SREM', KEYS[3], ARGV[1])
if redis.call('HDEL', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('RPUSH', KEYS[4], ARGV[2])
return 1
