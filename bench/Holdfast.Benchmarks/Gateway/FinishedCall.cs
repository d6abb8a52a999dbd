using Holdfast.Failover;
using Holdfast.Gateway.Calls;

namespace Holdfast.Benchmarks.Gateway;

/// <summary>A plain call that its first target answered: what observers see most.</summary>
internal static class FinishedCall
{
    public static CallRecord Make()
    {
        var record = new CallRecord(new CallRequest
        {
            Id = "req_0123456789abcdef0123456789abcdef", Dialect = Dialect.OpenAi,
            Operation = Operation.ChatCompletions, Body = default, Model = "smart", ModelValue = default,
            ObjectStart = 0,
        })
        {
            ModelLabel = "smart", Outcome = Outcome.Ok, HttpStatus = 200, Duration = TimeSpan.FromMilliseconds(3.14),
            Overhead = TimeSpan.FromMicroseconds(81.3), Usage = new Usage(19, 24),
        };
        var attempt = new AttemptRecord(
            "openai", "gpt-4o", Outcome.Ok, TimeSpan.FromMilliseconds(2.7), WasSent: true)
        {
            Usage = new Usage(19, 24),
        };
        record.Add(attempt);
        record.Won(attempt);
        return record;
    }
}
