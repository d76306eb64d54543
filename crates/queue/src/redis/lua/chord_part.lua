-- Counts one part of a chord, once, and claims the right to start what follows when it was the last.
-- KEYS: parts (.j), difference (.t), size (.s), counted (.d), claim (.c).
-- ARGV: counted as, part, its place, seconds for which all is kept, seconds of the claim, claim.
-- Answers [claimed, parts, size]; a size of -1 when there is no chord (any more).
local claim = redis.call('GET', KEYS[5])
if claim == 'done' then return {0, 0, -1} end
if redis.call('SADD', KEYS[4], ARGV[1]) == 1 then redis.call('ZADD', KEYS[1], ARGV[3], ARGV[2]) end
for _, key in ipairs({KEYS[1], KEYS[2], KEYS[3], KEYS[4]}) do redis.call('EXPIRE', key, ARGV[4]) end
local size = redis.call('GET', KEYS[3])
if not size then return {0, 0, -1} end
local parts = redis.call('ZCARD', KEYS[1])
local all = tonumber(size) + tonumber(redis.call('GET', KEYS[2]) or 0)
local ours = 0
if parts == all and (claim == ARGV[6] or redis.call('SET', KEYS[5], ARGV[6], 'NX', 'EX', ARGV[5])) then ours = 1 end
return {ours, parts, all}
