-- Adds a piece to a task's result, and tells those who follow it.
-- KEYS: pieces. ARGV: piece, its place, seconds for which it is kept. A piece that is there already stays.
local place = tonumber(ARGV[2])
local there = redis.call('LLEN', KEYS[1])
if there > place then redis.call('LSET', KEYS[1], place, ARGV[1]) else redis.call('RPUSH', KEYS[1], ARGV[1]) end
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('PUBLISH', KEYS[1], place)
return there
