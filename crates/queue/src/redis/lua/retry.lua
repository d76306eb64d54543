-- Puts a task back as a new message, in place of the one that is held.
-- KEYS: unacked_index, unacked, held, list, result. ARGV: tag, new message, record ('' for none), seconds.
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('SREM', KEYS[3], ARGV[1])
if redis.call('HDEL', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('LPUSH', KEYS[4], ARGV[2])
if ARGV[3] ~= '' then
  redis.call('SET', KEYS[5], ARGV[3], 'EX', ARGV[4])
  redis.call('PUBLISH', KEYS[5], ARGV[3])
end
return 1
