-- Keeps and tells what became of a task, and acknowledges it. What once succeeded stays so.
-- KEYS: unacked_index, unacked, held, result, done ('' for none).
-- ARGV: tag, record ('' to keep none), seconds for which it is kept, the record to keep under `done`.
local first = redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('SREM', KEYS[3], ARGV[1])
if KEYS[5] ~= '' then redis.call('SET', KEYS[5], ARGV[4], 'EX', ARGV[3]) end
if ARGV[2] ~= '' then
  local before = redis.call('GET', KEYS[4])
  local ok, record = pcall(cjson.decode, before or '')
  if not (ok and type(record) == 'table' and record.status == 'SUCCESS') then
    redis.call('SET', KEYS[4], ARGV[2], 'EX', ARGV[3])
    redis.call('PUBLISH', KEYS[4], ARGV[2])
  end
end
return first
