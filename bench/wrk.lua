-- Ends wrk's output with one line of JSON. There is no request function here, so the requests cost what they always cost.
done = function(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  local format = '{"microseconds":%d,"requests":%d,"bytes":%d,"failed":%d,"p99":%d}'
  print(string.format(format, summary.duration, summary.requests, summary.bytes, failed, latency:percentile(99)))
end
