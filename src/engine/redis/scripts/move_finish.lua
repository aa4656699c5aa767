-- Makes valid what was moved here. There is no identity yet, so the first node begins an epoch.
-- ARGV: epochs, head, serial, time of the last entry, last trimmed number.

redis.call('HSET', KEYS[1], 'epochs', ARGV[1], 'head', ARGV[2], 'serial', ARGV[3], 'at', ARGV[4],
  'trimmed', ARGV[5])
redis.call('DEL', MOVING)
