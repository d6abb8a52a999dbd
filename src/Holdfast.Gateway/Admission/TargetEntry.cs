using Holdfast.Admission;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Admission;

/// <summary>What a call got of a target's limits: a key, its pace and its place. The default is nothing.</summary>
internal readonly record struct TargetEntry
{
    /// <summary>There is a key to use, or the provider takes calls without one.</summary>
    public bool HasKey { get; init; }

    /// <summary>Null where the provider takes calls without one.</summary>
    public ApiKey? Key { get; init; }

    /// <summary>The provider had called the key bad before the wait for it began.</summary>
    public bool WasMarked { get; init; }

    /// <summary>The key's position in its ring; -1 without a key.</summary>
    public int Position { get; init; }

    /// <summary>What the model goes by with the key; null where its calls aren't counted.</summary>
    public ModelPace? Model { get; init; }

    /// <summary>What that was when the pace let it in.</summary>
    public KeyPace? PacedBy { get; init; }

    /// <summary>Where the call stands among those of its key.</summary>
    public CallMark Mark { get; init; }

    /// <summary>The key's pace lets it in.</summary>
    public bool IsPaced { get; init; }

    /// <summary>To be given back when the head of the answer has come: until then it can learn from it.</summary>
    public AdmissionLease Pace { get; init; }

    /// <summary>To be given back when the answer has ended.</summary>
    public AdmissionLease Place { get; init; }

    /// <summary>Why there is no place after a wait; none while there is one.</summary>
    public AdmissionRefusal Refusal { get; init; }

    /// <summary>For one that was refused: when it may come again; zero when nobody knows.</summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>How long it waited; null when it did not have to.</summary>
    public TimeSpan? Queued { get; init; }

    /// <summary>The best key of a target without limits: nothing to wait for, nothing to give back.</summary>
    public static TargetEntry Of(KeyRing keys, ulong tried) => keys.TryPick(tried, out var key, out var position)
        ? new TargetEntry { HasKey = true, Key = key, Position = position, IsPaced = true }
        : default;

    /// <summary>The pace lets it in: the call begins.</summary>
    public TargetEntry With(KeyPace pace, AdmissionLease lease, long tokens) => this with
    {
        IsPaced = true, PacedBy = pace, Pace = lease, Mark = Model!.Begin(tokens),
    };

    /// <summary>Gives back what it holds: nothing was begun with it.</summary>
    public void GiveBack()
    {
        Pace.Withdraw();
        Place.Withdraw();
    }

    /// <summary>Gives back what it holds: nobody knows what came of it.</summary>
    public void Abandon()
    {
        Pace.Dispose();
        Place.Dispose();
    }
}
