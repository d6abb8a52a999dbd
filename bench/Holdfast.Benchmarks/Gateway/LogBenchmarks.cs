using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Observability;
using Microsoft.Extensions.Logging;

namespace Holdfast.Benchmarks.Gateway;

/// <summary>What a call's line in the log costs the call.</summary>
[BenchmarkCategory("log")]
public class LogBenchmarks
{
    private readonly LineWriter _writer;
    private readonly ILoggerFactory _loggers;
    private readonly CallLog _log;
    private readonly CallRecord _record = FinishedCall.Make();

    public LogBenchmarks()
    {
        _writer = new LineWriter(Stream.Null, TimeProvider.System);
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(new JsonLog(_writer, TimeProvider.System)));
        _log = new CallLog(_loggers.CreateLogger<CallLog>());
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _loggers.Dispose();
        _writer.Dispose();
    }

    [Benchmark(Description = "one call's line")]
    public void Line() => _log.OnCompleted(_record);
}
