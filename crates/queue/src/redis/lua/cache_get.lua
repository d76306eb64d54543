-- A value, noting that it was used; one whose time is over is forgotten.
-- KEYS: value, uses, sizes, total. ARGV: now, its name.
local value = redis.call('GET', KEYS[1])
if value then
  redis.call('ZADD', KEYS[2], 'XX', ARGV[1], ARGV[2])
  return value
end
local size = redis.call('HGET', KEYS[3], ARGV[2])
if size then
  redis.call('DECRBY', KEYS[4], size)
  redis.call('HDEL', KEYS[3], ARGV[2])
  redis.call('ZREM', KEYS[2], ARGV[2])
end
return false
