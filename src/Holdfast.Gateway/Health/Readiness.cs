namespace Holdfast.Gateway.Health;

/// <summary>Whether this node takes calls: not before it listens, and no more once it drains.</summary>
internal sealed class Readiness
{
    private volatile Phase _phase = Phase.Starting;

    private enum Phase
    {
        Starting,
        Serving,
        Draining,
    }

    public bool HasStarted => _phase != Phase.Starting;

    public bool IsReady => _phase == Phase.Serving;

    public bool IsDraining => _phase == Phase.Draining;

    /// <summary>The phase in one word: <c>starting</c>, <c>serving</c>, <c>draining</c>.</summary>
    public string Word => _phase switch
    {
        Phase.Starting => "starting",
        Phase.Serving => "serving",
        _ => "draining",
    };

    public void Started() => _phase = Phase.Serving;

    public void Draining() => _phase = Phase.Draining;
}
