namespace Holdfast.Bench.OverloadLoad;

/// <summary>Calm, overload, calm again: when calls are due, whatever becomes of those before them.</summary>
/// <param name="Capacity">Calls a second that can be served.</param>
/// <param name="CalmSeconds">Length of each of the calm ends.</param>
/// <param name="OverloadSeconds">Length of the overload.</param>
internal sealed record Phases(double Capacity, double CalmSeconds, double OverloadSeconds)
{
    public const double CalmShare = 0.7;
    public const double OverloadFactor = 3;

    // One call in ten is urgent, three can wait.
    private const double HighShare = 0.1;
    private const double LowShare = 0.3;

    public double OverloadFrom => CalmSeconds;

    public double OverloadUntil => CalmSeconds + OverloadSeconds;

    public double End => OverloadUntil + CalmSeconds;

    /// <summary>Arrivals that know nothing of each other (a Poisson process), so they come in bursts as well.</summary>
    public IReadOnlyList<Call> Plan(Random random)
    {
        var calls = new List<Call>();
        for (var at = 0.0; ;)
        {
            var rate = Capacity * (at >= OverloadFrom && at < OverloadUntil ? OverloadFactor : CalmShare);
            at += -Math.Log(1 - random.NextDouble()) / rate;
            if (at >= End)
            {
                return calls;
            }

            var drawn = random.NextDouble();
            calls.Add(new Call(at, drawn < HighShare ? "high" : drawn < HighShare + LowShare ? "low" : "normal"));
        }
    }
}
