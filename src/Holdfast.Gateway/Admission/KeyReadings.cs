using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Admission;

/// <summary>
/// What the answers to one key's calls said last, whatever the model. Some providers count a key's calls over all its
/// models, others for each model. Where the configuration doesn't say which, two models go by one pace when they
/// announce the same numbers and what is left to the one goes down by the calls of both; they part when it goes down by
/// its own calls alone. Thread-safe.
/// </summary>
internal sealed class KeyReadings(TimeProvider time)
{
    /// <summary>
    /// So many readings in a row have to say that two models draw on one limit before they share a pace.
    /// </summary>
    internal const int JoinAfter = 3;

    /// <summary>
    /// So many readings in a row must say otherwise before they part: the first of a new count don't fit the last of
    /// the old.
    /// </summary>
    internal const int PartAfter = 3;

    private readonly Lock _gate = new();
    private readonly long _origin = time.GetTimestamp();
    private readonly ReadingHistory _history = new();
    private readonly List<ModelPace> _all = [];
    private volatile int _models;

    /// <summary>One more model is used with the key. While there is only one, nothing is noted.</summary>
    public void Add(ModelPace model, RateLimitScope scope)
    {
        lock (_gate)
        {
            _all.Add(model);
            _models = _all.Count;
            GatherUnderLock(model, scope);
        }
    }

    /// <summary>A call begins.</summary>
    public CallMark Begin(ModelPace model, long tokens, RateLimitScope scope)
    {
        if (_models < 2 || scope != RateLimitScope.Auto)
        {
            return default;
        }

        lock (_gate)
        {
            return _history.Begin(model, tokens, Now());
        }
    }

    /// <summary>
    /// Whether the pace that a model goes by may learn from an answer. Models come together here, and part.
    /// </summary>
    public bool Fits(ModelPace model, in TargetEntry entry, RateLimits limits, RateLimitScope scope)
    {
        if (_models < 2)
        {
            return ReferenceEquals(entry.PacedBy, model.Pace);
        }

        lock (_gate)
        {
            if (scope == RateLimitScope.Auto)
            {
                return FitsUnderLock(model, entry, limits);
            }

            GatherUnderLock(model, scope);
            if (scope == RateLimitScope.Model && model.Pace.IsShared)
            {
                model.Part(entry, limits);
                return false;
            }

            return ReferenceEquals(entry.PacedBy, model.Pace);
        }
    }

    /// <summary>
    /// What was said so far says nothing any more, to a model and to those that go by its pace: they stay together.
    /// </summary>
    public void Forget(ModelPace model)
    {
        lock (_gate)
        {
            var before = model.Pace;
            foreach (var mate in _all)
            {
                if (!ReferenceEquals(mate, model) && !ReferenceEquals(mate.Pace, before))
                {
                    continue;
                }

                _history.Forget(mate);
                (mate.Agreements, mate.Disagreements, mate.Refill) = (0, 0, default);
                if (ReferenceEquals(model.Pace, before))
                {
                    model.Renew();
                }

                if (!ReferenceEquals(mate.Pace, model.Pace))
                {
                    mate.Join(model.Pace);
                }
            }
        }
    }

    /// <summary>Where the configuration says that the key's models draw on one limit, all go by one pace.</summary>
    public void Gather(ModelPace model, RateLimitScope scope)
    {
        lock (_gate)
        {
            GatherUnderLock(model, scope);
        }
    }

    private long Now() => time.GetElapsedTime(_origin).Ticks;

    private void GatherUnderLock(ModelPace model, RateLimitScope scope)
    {
        // A model can be found by a reload before the key lists it.
        if (scope == RateLimitScope.Key && _all is [var first, ..] && !ReferenceEquals(model.Pace, first.Pace))
        {
            model.Join(first.Pace);
        }
    }

    private bool FitsUnderLock(ModelPace model, in TargetEntry entry, RateLimits limits)
    {
        if (entry.Mark.Number == 0 || KeyReading.Of(model, entry.Mark, limits, Now()) is not { } reading)
        {
            return ReferenceEquals(entry.PacedBy, model.Pace);
        }

        _history.Note(reading);
        // What went by another pace says nothing that could be put in its place here.
        if (!ReferenceEquals(entry.PacedBy, model.Pace))
        {
            return false;
        }

        var (mate, other) = _history.Nearest(reading, _models);
        if (Stays(reading, mate))
        {
            return !Joins(reading, other);
        }

        model.Part(entry, limits);
        return false;
    }

    private bool Stays(in KeyReading reading, in KeyReading mate)
    {
        var model = reading.Model!;
        if (mate.Model is null)
        {
            return true;
        }

        // How fast it goes down says more than where it stands.
        var verdict = _history.WhoTakes(reading, model.Pace);
        verdict = verdict == LimitVerdict.Nothing ? _history.Compare(reading, mate) : verdict;
        model.Disagreements = verdict switch
        {
            LimitVerdict.Differs => model.Disagreements + 1,
            LimitVerdict.Fits => 0,
            _ => model.Disagreements,
        };
        if (model.Disagreements < PartAfter)
        {
            return true;
        }

        (model.Agreements, model.Disagreements) = (0, 0);
        return false;
    }

    /// <returns>It has joined: it learns from what its next calls hear.</returns>
    private bool Joins(in KeyReading reading, in KeyReading other)
    {
        if (other.Model is null)
        {
            return false;
        }

        var model = reading.Model!;
        var takes = _history.WhoTakes(reading, other.Model.Pace);
        model.Agreements =
            takes == LimitVerdict.Differs || _history.Compare(reading, other) == LimitVerdict.Differs ? 0
            : takes == LimitVerdict.Fits ? model.Agreements + 1
            : model.Agreements;
        if (model.Agreements < JoinAfter)
        {
            return false;
        }

        var comesLater = other.Model.Pace.ComesBefore(model.Pace);
        var (joins, to) = comesLater ? (model, other.Model) : (other.Model, model);
        (model.Agreements, joins.Agreements, joins.Disagreements) = (0, 0, 0);
        joins.Join(to.Pace);
        return comesLater;
    }
}

/// <summary>The readings of all keys: for all targets, because they share the keys.</summary>
internal sealed class SharedLimits(TimeProvider time)
{
    private readonly ConditionalWeakTable<ApiKey, KeyReadings> _keys = [];
    private readonly ConcurrentDictionary<string, KeyReadings> _keyless = new(StringComparer.Ordinal);

    private long _paces;

    /// <summary>The how many-th pace that was made.</summary>
    public long NextPace() => Interlocked.Increment(ref _paces);

    /// <summary>What is known of a key, or of a provider that takes calls without one.</summary>
    public KeyReadings Of(ApiKey? key, string provider) => key is null
        ? _keyless.GetOrAdd(provider, static (_, clock) => new KeyReadings(clock), time)
        : _keys.GetValue(key, _ => new KeyReadings(time));
}
