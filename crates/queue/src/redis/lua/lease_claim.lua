-- Takes or renews a lease; ARGV[3] is 1 to take it from whoever has it. Answers [who had it, who has it].
-- KEYS: lease. ARGV: holder, milliseconds, whether to take it over.
local before = redis.call('GET', KEYS[1])
if before and before ~= ARGV[1] and ARGV[3] ~= '1' then return {before, before} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {before, ARGV[1]}
