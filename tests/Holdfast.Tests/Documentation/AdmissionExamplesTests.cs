using Holdfast.Admission;
using Holdfast.Health;
using Holdfast.Modes;
using Holdfast.Retrying;

namespace Holdfast.Tests.Documentation;

/// <summary>The library's code in docs/features/Admission.md, Modes.md and Health.md.</summary>
public class AdmissionExamplesTests
{
    private readonly ManualTimeProvider time = new();

    [Fact]
    public async Task A_call_is_let_in_and_gives_its_place_back() =>
        Assert.Equal("an answer", await RunAsync(CancellationToken.None).SoonAsync());

    [Fact]
    public async Task An_operation_runs_through_the_queue()
    {
        var cancellationToken = CancellationToken.None;
        var seed = 7;
        using var queue = new AdmissionQueue(new AdmissionOptions(), time);

        #region AdmittedCalls
        var calls = new AdmittedCalls(queue, new RetryOptions(), time, new Random(seed));
        var answer = await calls.RunAsync(AskAsync, new AdmissionRequest { Key = "team-a" }, cancellationToken);
        #endregion

        Assert.Equal("an answer", answer);
    }

    [Fact]
    public void The_mode_follows_the_components_and_the_hand()
    {
        var log = new List<string>();

        #region Modes
        var modes = new OperationModes(new ModeOptions(), time);
        modes.Changed += change =>
            log.Add($"{change.From} -> {change.To}: {string.Join("; ", change.Reasons)}");

        modes.MarkDegraded("database", ModeSeverity.High, "no answer for 30 s");
        var hedges = modes.Mode == OperationMode.Normal;
        modes.MarkHealthy("database");

        modes.SetByHand(OperationMode.Emergency, "the region is down");
        modes.LetGo();
        #endregion

        Assert.False(hedges);
        Assert.Equal(
            [
                "Normal -> Degraded: database: no answer for 30 s (high)", "Degraded -> Normal: ",
                "Normal -> Emergency: set by hand: the region is down", "Emergency -> Normal: ",
            ],
            log);
    }

    [Fact]
    public async Task A_model_is_watched_by_its_calls_and_by_checks()
    {
        var log = new List<string>();
        var cancellationToken = CancellationToken.None;

        #region HealthMonitor
        var monitor = new HealthMonitor(new HealthOptions { Interval = TimeSpan.FromSeconds(30) }, time);
        monitor.Register(
            new MonitoredModel("openai/gpt-4o", "GPT-4o", "openai") { IsCritical = true, Check = IsUpAsync });
        monitor.StatusChanged += change => log.Add($"{change.Model.Name}: {change.To}: {change.Reason}");

        monitor.Succeeded("openai/gpt-4o", took: TimeSpan.FromSeconds(2));
        monitor.Failed("openai/gpt-4o", "timeout");
        var overall = await monitor.CheckAsync(cancellationToken);
        #endregion

        Assert.Equal((HealthStatus.Available, 1), (overall.Status, overall.Healthy));
        Assert.Empty(log);

        static ValueTask<bool> IsUpAsync(CancellationToken cancellation) => new(true);
    }

    private async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        #region Admission
        using var queue = new AdmissionQueue(new AdmissionOptions { MaxConcurrency = 20, ThrottleRate = 100 }, time);

        var admission = await queue.EnterAsync(
            new AdmissionRequest { Priority = AdmissionPriority.High, Key = "team-a" }, cancellationToken);
        if (!admission.IsAdmitted)
            return $"{admission.Refusal}: come again in {admission.RetryAfter.TotalSeconds:F0} s";
        try
        {
            var answer = await AskAsync(cancellationToken);
            admission.Lease.Succeeded();
            return answer;
        }
        catch
        {
            admission.Lease.Failed();
            throw;
        }
        #endregion
    }

    private static ValueTask<string> AskAsync(CancellationToken cancellationToken) => new("an answer");
}
