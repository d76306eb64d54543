-- Takes messages off lists and notes that they are held, so that none is lost between the two.
-- KEYS: unacked_index, unacked, held, lists in the order in which they are served.
-- ARGV: most, largest message, seconds since 1970, prefix of revoked ids, prefix of results, prefix of what was done,
--       prefix of dead letters, a new id, milliseconds since 1970, dead letters kept, then the queue of each list.
-- Answers [tag, message, queue, revoked, result] each; of what is no message [false, why, queue].
local most, largest, now = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local taken = {}

local function bury(raw, queue, why)
  local letter = ARGV[8] .. '-' .. #taken
  local ids = ARGV[7] .. queue
  redis.call('HSET', ids .. ':' .. letter, 'reason', why, 'at', ARGV[9], 'task', '', 'id', '', 'bytes', #raw,
    'raw', string.sub(raw, 1, largest))
  redis.call('LPUSH', ids, letter)
  while redis.call('LLEN', ids) > tonumber(ARGV[10]) do
    redis.call('DEL', ids .. ':' .. redis.call('RPOP', ids))
  end
  taken[#taken + 1] = {false, why, queue}
end

local function text(map, name)
  local value = type(map) == 'table' and map[name]
  return type(value) == 'string' and value or nil
end

local function hold(raw, queue, message)
  local headers, tag = message.headers, text(message.properties, 'delivery_tag')
  local id, key, result = text(headers, 'id'), text(headers, 'idempotency_key'), false
  local again = type(headers) == 'table' and headers.redelivered == true
  if key then result = redis.call('GET', ARGV[6] .. key) end
  if again and id and not result then result = redis.call('GET', ARGV[5] .. id) end
  local revoked = id and redis.call('EXISTS', ARGV[4] .. id) or 0
  redis.call('ZADD', KEYS[1], now, tag)
  redis.call('HSET', KEYS[2], tag, '[' .. raw .. ', "", ' .. cjson.encode(queue) .. ']')
  redis.call('SADD', KEYS[3], tag)
  taken[#taken + 1] = {tag, raw, queue, revoked, result}
end

for place = 4, #KEYS do
  local queue = ARGV[place + 7]
  while #taken < most do
    local raw = redis.call('RPOP', KEYS[place])
    if not raw then break end
    if #raw > largest then
      bury(raw, queue, 'the message has ' .. #raw .. ' bytes; at most ' .. largest .. ' are taken')
    else
      local ok, message = pcall(cjson.decode, raw)
      if not ok or type(message) ~= 'table' then
        bury(raw, queue, 'the message is not JSON')
      elseif not text(message.properties, 'delivery_tag') then
        bury(raw, queue, 'the message has no delivery tag')
      else
        hold(raw, queue, message)
      end
    end
  end
end
return taken
