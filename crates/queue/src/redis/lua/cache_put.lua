-- Keeps a value and forgets those used longest ago until all together are within the bound.
-- KEYS: value, uses (sorted set), sizes (hash), total. ARGV: value, milliseconds it is kept, now, bound, its name, prefix.
local size = #ARGV[1]
local before = tonumber(redis.call('HGET', KEYS[3], ARGV[5]) or 0)
local total = redis.call('INCRBY', KEYS[4], size - before)
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[5])
redis.call('HSET', KEYS[3], ARGV[5], size)
while total > tonumber(ARGV[4]) do
  local oldest = redis.call('ZPOPMIN', KEYS[2])
  if #oldest == 0 then break end
  total = redis.call('DECRBY', KEYS[4], redis.call('HGET', KEYS[3], oldest[1]) or 0)
  redis.call('HDEL', KEYS[3], oldest[1])
  redis.call('DEL', ARGV[6] .. oldest[1])
end
return total
