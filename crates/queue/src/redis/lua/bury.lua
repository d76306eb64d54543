-- Makes a held message a dead letter, and tells whoever waits that the task failed.
-- KEYS: unacked_index, unacked, held, list of dead letters, the letter, result.
-- ARGV: tag, letter's id, reason, milliseconds since 1970, task, id, message, letters kept, record ('' for none),
--       seconds for which it is kept.
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('SREM', KEYS[3], ARGV[1])
if redis.call('HDEL', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[5], 'reason', ARGV[3], 'at', ARGV[4], 'task', ARGV[5], 'id', ARGV[6], 'bytes', #ARGV[7],
  'raw', ARGV[7])
redis.call('LPUSH', KEYS[4], ARGV[2])
while redis.call('LLEN', KEYS[4]) > tonumber(ARGV[8]) do
  redis.call('DEL', KEYS[4] .. ':' .. redis.call('RPOP', KEYS[4]))
end
if ARGV[9] ~= '' then
  redis.call('SET', KEYS[6], ARGV[9], 'EX', ARGV[10])
  redis.call('PUBLISH', KEYS[6], ARGV[9])
end
return 1
