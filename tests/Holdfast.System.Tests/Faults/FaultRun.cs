using System.Globalization;

namespace Holdfast.System.Tests.Faults;

/// <summary>Which targets the route has.</summary>
internal enum FaultLayout
{
    /// <summary>The one that fails, and a good one behind it.</summary>
    Pair,

    /// <summary>The one that fails.</summary>
    Alone,

    /// <summary>Two that fail in the same way.</summary>
    Down,
}

/// <summary>A case in one of its variants: one call of one client.</summary>
internal sealed class FaultRun(FaultCase one, FaultFace face, ProviderVoice voice, bool streamed,
    FaultLayout layout, string client, int seed, int number)
{
    /// <summary>Asks over a bare socket.</summary>
    public const string Raw = "socket";

    /// <summary>Asks through the official client of the face.</summary>
    public const string Sdk = "sdk";

    /// <summary>What the good target says.</summary>
    public const string SecondText = "Das zweite Ziel antwortet – ganz und gar: ✓ 🙂.";

    /// <summary>What the failing target says, while it does: one to four bytes a character.</summary>
    public static readonly IReadOnlyList<string> Pieces =
        ["One, ", "zwei – ", "трое, ", "四个, ", "five 🙂🙂, ", "sechs ½, ", "sept…, ", "eight."];

    private readonly Lock _watching = new();
    private TaskCompletionSource _changed = New();
    private int _seen;
    private int _requests;

    public FaultCase Case => one;

    public FaultFace Face => face;

    public ProviderVoice Voice => voice;

    public bool Streamed => streamed;

    public FaultLayout Layout => layout;

    public string Client => client;

    public int Number => number;

    /// <summary>Stands in the prompt, by which the scripted provider knows what to do.</summary>
    public string Id => $"run-{number}-{seed}.";

    /// <summary>What the failing target has said of its answer, and the caller must get.</summary>
    public string Sent { get; set; } = "";

    /// <summary>Its caller has left once; the provider is itself again.</summary>
    public bool HasLeft { get; set; }

    /// <summary>The key of the first request.</summary>
    public string? FirstKey { get; set; }

    /// <summary>Requests that came to failing targets.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>
    /// Complete once the gateway has closed a connection on which the provider said nothing more; when, by the clock
    /// that only goes forward.
    /// </summary>
    public TaskCompletionSource<long> Closed { get; private set; } = NewMoment();

    /// <summary>All that is drawn: segments, and which piece is hit.</summary>
    public Random Draw() => new(unchecked((seed * 7919) + number));

    public void Asked() => Interlocked.Increment(ref _requests);

    public void SawClosed() => Closed.TrySetResult(TimeProvider.System.GetTimestamp());

    /// <summary>Begins anew, for another try of its caller's leaving. Nothing of it may be under way.</summary>
    public void StartOver()
    {
        Closed = NewMoment();
        Volatile.Write(ref _requests, 0);
        Saw(0);
    }

    /// <summary>The caller has so many characters of the text.</summary>
    public void Saw(int characters)
    {
        TaskCompletionSource before;
        lock (_watching)
        {
            _seen = characters;
            (before, _changed) = (_changed, New());
        }

        before.SetResult();
    }

    /// <summary>Waits until the caller has so many characters.</summary>
    public async Task SeenAsync(int characters, CancellationToken cancellation)
    {
        while (true)
        {
            Task change;
            lock (_watching)
            {
                if (_seen >= characters)
                {
                    return;
                }

                change = _changed.Task;
            }

            await change.WaitAsync(cancellation);
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{one.Name}: {face.Name} face, {voice.Type}, {(streamed ? "streamed" : "plain")}, {layout}, {client}, "
        + $"seed {seed}");

    private static TaskCompletionSource<long> NewMoment() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
