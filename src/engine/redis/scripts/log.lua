-- A page of the log. ARGV: after, limit, now, `everything` or `of`, and the audiences.
-- Answers {'expired', last trimmed number}, or {'entries', upto, epoch, the entries with their documents}.

local after, limit, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local state = read_state()
if not state.epochs then
  return redis.error_reply('ERR the log is gone')
end

local trimmed = state.trimmed
if ARGV[4] == 'of' then
  trimmed = 0
  for n = 5, #ARGV do
    trimmed = math.max(trimmed, tonumber(redis.call('HGET', TRIMMED, ARGV[n]) or '0'))
  end
end
if trimmed > after then
  return { 'expired', digits(trimmed) }
end

-- One more than was asked for tells whether something is left out.
local wanted = limit + 1
local entries = {}
if ARGV[4] == 'everything' then
  entries = redis.call('XRANGE', LOG, '(' .. digits(after), '+', 'COUNT', wanted)
else
  -- Every audience's numbers, a few at a time, merged by always taking the smallest.
  local lists = {}
  local step = math.ceil(2 * wanted / math.max(1, #ARGV - 4)) + 1
  local function fill(list, from)
    list.ids = redis.call('XRANGE', heard(list.audience), '(' .. digits(from), '+', 'COUNT', step)
    list.place = 1
    list.next = list.ids[1] and tonumber(string.match(list.ids[1][1], '^%d+'))
  end
  local function advance(list)
    local from = list.next
    list.place = list.place + 1
    if list.place > #list.ids and #list.ids == step then
      fill(list, from)
    else
      local id = list.ids[list.place]
      list.next = id and tonumber(string.match(id[1], '^%d+'))
    end
  end
  for n = 5, #ARGV do
    local list = { audience = ARGV[n] }
    fill(list, after)
    if list.next then
      lists[#lists + 1] = list
    end
  end
  while #entries < wanted do
    local smallest
    for _, list in ipairs(lists) do
      if list.next and (not smallest or list.next < smallest) then
        smallest = list.next
      end
    end
    if not smallest then
      break
    end
    local id = digits(smallest) .. '-0'
    local entry = redis.call('XRANGE', LOG, id, id)[1]
    if entry then
      entries[#entries + 1] = entry
    end
    for _, list in ipairs(lists) do
      if list.next == smallest then
        advance(list)
      end
    end
  end
end

local upto = state.head
if #entries > limit then
  entries[wanted] = nil
  upto = #entries > 0 and tonumber(string.match(entries[#entries][1], '^%d+')) or after
end
local page = { 'entries', digits(upto), current_epoch(state.epochs) }
for _, entry in ipairs(entries) do
  local fields = entry[2]
  page[#page + 1] = entry
  for n = 1, #fields, 2 do
    if fields[n] == 'document' then
      page[#page + 1] = find(fields[n + 1], now) or ''
    end
  end
end
return page
