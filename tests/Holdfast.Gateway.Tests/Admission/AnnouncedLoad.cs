using Holdfast.Admission;
using Holdfast.Failover;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Tests.Admission;

/// <summary>
/// Calls to a provider that announces its limits, in virtual time and on one thread: every run of a seed is the same.
/// </summary>
internal sealed class AnnouncedLoad(ManualTimeProvider time, AnnouncingProvider provider, int seed)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly Random _random = new(seed);
    private readonly Turns _turns = new();
    private double[] _owed = [];
    private double _seconds;
    private readonly List<Asking> _asking = [];
    private readonly List<(DateTimeOffset Due, Asking Call, TargetEntry Entry)> _onTheWay = [];
    private readonly List<(DateTimeOffset Due, Asking Call, TargetEntry Entry, RateLimits Told)> _underWay = [];

    /// <summary>The models, each with its calls a second.</summary>
    public required IReadOnlyList<(TargetAdmission Admission, double CallsPerSecond)> Models { get; init; }

    public required KeyRing Ring { get; init; }

    /// <summary>Answers take between half of it and one and a half.</summary>
    public required double AnswerSeconds { get; init; }

    /// <summary>A call takes up to so long to reach the provider, and may overtake another on its way.</summary>
    public double ReachSeconds { get; init; }

    /// <summary>A third of the calls is urgent, the rest isn't.</summary>
    public bool IsMixed { get; init; }

    /// <summary>With which of a key's counts the provider counts each model's calls; null: there is one only.</summary>
    public IReadOnlyList<int>? Accounts { get; init; }

    /// <summary>So many times as many calls come then, by the seconds since the beginning.</summary>
    public Func<double, double> Tide { get; init; } = static _ => 1;

    /// <summary>What a call takes; the gateway's estimate is off by up to two thirds.</summary>
    public (int Least, int Most) Tokens { get; init; } = (10, 11);

    /// <summary>What the gateway estimates on average, as a share of what calls take.</summary>
    public double EstimatedShare { get; init; } = 1;

    /// <summary>What calls let their answers take.</summary>
    public int MostOutput { get; init; }

    /// <summary>Answers say what their calls took.</summary>
    public bool TellsUsage { get; init; } = true;

    /// <summary>The limits are known when the crowd comes: nobody keeps what was never said.</summary>
    public AnnouncedLoad Known()
    {
        for (var model = 0; model < Models.Count; model++)
        {
            foreach (var key in Ring.Keys)
            {
                var only = new KeyRing([key]);
                if (!Models[model].Admission.TryEnter(default, only, out var first))
                {
                    continue;
                }

                Models[model].Admission.Heard(first, provider.Ask(Account(first, model), 100), Outcome.Ok);
                first.Place.Settle(Outcome.Ok);
            }
        }

        return this;
    }

    public string Account(in TargetEntry entry, int model) =>
        Accounts is null ? entry.Key!.Value : $"{entry.Key!.Value} {Accounts[model]}";

    public void Run(TimeSpan span)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(_turns);
        try
        {
            _owed = _owed.Length == 0 ? new double[Models.Count] : _owed;
            for (var end = time.GetUtcNow() + span; time.GetUtcNow() < end;)
            {
                time.Advance(Step);
                _seconds += Step.TotalSeconds;
                for (var model = 0; model < Models.Count; model++)
                {
                    _owed[model] += Models[model].CallsPerSecond * Tide(_seconds) * Step.TotalSeconds;
                    for (; _owed[model] >= 1; _owed[model]--)
                    {
                        Ask(model);
                    }
                }

                _turns.Run();
                Send();
                Reach();
                Answer();
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private void Ask(int model)
    {
        var admission = Models[model].Admission;
        var tokens = _random.Next(Tokens.Least, Tokens.Most);
        var body = (int)(tokens * EstimatedShare * (0.6 + _random.NextDouble()));
        var request = new AdmissionRequest
        {
            Tokens = admission.Estimates.Of(body, MostOutput),
            Priority = !IsMixed ? AdmissionPriority.Normal
                : _random.Next(3) == 0 ? AdmissionPriority.High : AdmissionPriority.Low,
        };
        if (admission.Look(request, Ring).Refusal == AdmissionRefusal.None)
        {
            _asking.Add(new Asking(model, body, tokens, admission.TryEnter(request, Ring, out var entry)
                ? Task.FromResult(entry)
                : admission.WaitAsync(request, Ring, default).AsTask()));
        }
    }

    private void Send()
    {
        foreach (var call in _asking.Where(call => call.Entry.IsCompleted).ToList())
        {
            var entry = call.Entry.GetAwaiter().GetResult();
            if (entry.Refusal == AdmissionRefusal.None)
            {
                var late = ReachSeconds == 0 ? 0 : ReachSeconds * _random.NextDouble();
                _onTheWay.Add((time.GetUtcNow() + TimeSpan.FromSeconds(late), call, entry));
            }

            _asking.Remove(call);
        }
    }

    private void Reach()
    {
        foreach (var reached in _onTheWay.Where(call => call.Due <= time.GetUtcNow())
            .OrderBy(call => call.Due).ToList())
        {
            var (_, call, entry) = reached;
            var refusals = provider.Refusals;
            var told = provider.Ask(Account(entry, call.Model), call.Tokens);
            var late = AnswerSeconds * (0.5 + _random.NextDouble());
            _underWay.Add((
                time.GetUtcNow() + TimeSpan.FromSeconds(provider.Refusals > refusals ? 0.2 : late), call, entry, told));
            _onTheWay.Remove(reached);
        }
    }

    private void Answer()
    {
        foreach (var answer in _underWay.Where(answer => answer.Due <= time.GetUtcNow()).ToList())
        {
            Models[answer.Call.Model].Admission.Heard(answer.Entry, answer.Told, Outcome.Ok);
            answer.Entry.Place.Settle(Outcome.Ok);
            if (TellsUsage)
            {
                Models[answer.Call.Model].Admission.Estimates.Learn(
                    answer.Call.Body, MostOutput, new Usage(answer.Call.Tokens, 0));
            }

            _underWay.Remove(answer);
        }
    }

    private sealed record Asking(int Model, int Body, int Tokens, Task<TargetEntry> Entry);

    /// <summary>Runs what comes after a wait when it is told to, in the order in which the waits ended.</summary>
    private sealed class Turns : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Do, object? With)> _next = new();

        public override void Post(SendOrPostCallback d, object? state) => _next.Enqueue((d, state));

        public void Run()
        {
            while (_next.TryDequeue(out var next))
            {
                next.Do(next.With);
            }
        }
    }
}
