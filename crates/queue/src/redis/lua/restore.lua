-- Puts back what somebody else held and gave no sign of life for, if nothing has happened to it since it was looked at.
-- KEYS: unacked_index, unacked, held, lists. ARGV: tag, score that was seen ('' for none), message ('' if it could not be read).
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if (score and tonumber(score) or nil) ~= tonumber(ARGV[2]) then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('SREM', KEYS[3], ARGV[1])
if redis.call('HDEL', KEYS[2], ARGV[1]) == 0 or ARGV[3] == '' then return 0 end
for place = 4, #KEYS do redis.call('RPUSH', KEYS[place], ARGV[3]) end
return 1
