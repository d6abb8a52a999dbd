using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Admission;

/// <summary>
/// What the answers to one key's calls said last, whatever the model. Some providers count a key's calls over all its
/// models, others for each model. Where the configuration doesn't say which, models go by one pace until they announce
/// different numbers, or what is left to the one doesn't go down by the other's calls. Thread-safe.
/// </summary>
internal sealed class KeyReadings
{
    // After so many good answers without a word a model has other limits than those whose answers speak of some.
    private const int MostWordless = 3;

    // Callers name models, too. Those beyond go by the pace of the first, for good.
    private const int MostModels = 64;

    // With so many others a reading is compared, besides the nearest one.
    private const int MostCompared = 2;

    // So often a model of which too little is known gets a call through.
    private const long PassEvery = 10 * TimeSpan.TicksPerSecond;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly ReadingHistory _history = new();
    private readonly LimitPairs _pairs = new();
    private readonly List<ModelPace> _all = [];
    private readonly ModelGroups _groups;
    private volatile int _models;

    public KeyReadings(TimeProvider time)
    {
        (_time, _origin) = (time, time.GetTimestamp());
        _groups = new ModelGroups(_all, _pairs);
    }

    /// <summary>One more model is used with the key. While there is only one, nothing is noted.</summary>
    public void Add(ModelPace model, RateLimitScope scope)
    {
        lock (_gate)
        {
            if (_all.Count == MostModels)
            {
                // As if it were known to draw on one limit with the first.
                if (scope != RateLimitScope.Model)
                {
                    model.Join(_all[0].Pace);
                    model.Account = _all[0].Account;
                }

                return;
            }

            model.Number = _pairs.Add();
            _all.Add(model);
            _all.ForEach(other => other.IsUnsure = true);
            _models = _all.Count;
            _groups.Gather(model, scope, Now());
        }
    }

    /// <summary>A model is not used with the key any more.</summary>
    public void Remove(ModelPace model)
    {
        lock (_gate)
        {
            if (!model.IsListed)
            {
                return;
            }

            _groups.Leave(model);
            _pairs.Remove(model.Number);
            var last = _all[^1];
            (_all[model.Number], last.Number) = (last, model.Number);
            model.Number = -1;
            _all.RemoveAt(_all.Count - 1);
            _models = _all.Count;
            _all.ForEach(other => other.IsUnsure &= _models > 1);
        }
    }

    /// <summary>A call begins.</summary>
    public CallMark Begin(ModelPace model, long tokens, RateLimitScope scope)
    {
        if (_models < 2 || scope != RateLimitScope.Auto || !model.IsListed)
        {
            return default;
        }

        lock (_gate)
        {
            return _history.Begin(model, tokens, Now());
        }
    }

    /// <summary>Whether a model's call may go before all that wait, because little has been heard of it.</summary>
    public bool MayPass(ModelPace model, bool isMeant)
    {
        lock (_gate)
        {
            var now = Now();
            var may = now - model.PassedAt >= PassEvery;
            model.PassedAt = may && isMeant ? now : model.PassedAt;
            return may;
        }
    }

    /// <summary>
    /// The pace that a model goes by learns from an answer. Models part here, and come together again.
    /// </summary>
    /// <returns>False when the call went by another pace than the model now does.</returns>
    public bool Heard(ModelPace model, in TargetEntry entry, RateLimits limits, RateLimitScope scope)
    {
        if (_models < 2)
        {
            return model.Learn(entry, limits);
        }

        lock (_gate)
        {
            if (scope == RateLimitScope.Auto)
            {
                NoteUnderLock(model, entry, limits);
            }
            else
            {
                _groups.Gather(model, scope, Now());
                if (scope == RateLimitScope.Model && model.Pace.IsShared)
                {
                    var before = model.Pace;
                    model.Part(entry, limits);
                    _groups.ForgetOthers(before);
                    _groups.ForgetOthers(model.Pace);
                }
            }

            return model.Learn(entry, limits);
        }
    }

    /// <summary>A good answer said nothing of limits.</summary>
    public void HeardNothing(ModelPace model, RateLimitScope scope)
    {
        if (scope == RateLimitScope.Key || model.WasSpokenTo || !model.Pace.IsShared || !model.Pace.IsTold)
        {
            return;
        }

        lock (_gate)
        {
            if (model.IsListed && ++model.Wordless >= MostWordless && model.Pace.IsShared)
            {
                foreach (var other in _all)
                {
                    _pairs.Part(model.Number, other.Number);
                }

                model.Renew();
            }
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
                (mate.Told, mate.Wordless, mate.WasSpokenTo) = (default, 0, false);
                if (ReferenceEquals(model.Pace, before))
                {
                    model.Renew();
                }

                if (!ReferenceEquals(mate.Pace, model.Pace))
                {
                    mate.Join(model.Pace);
                }
            }

            // One beyond those that are listed may have a pace of its own.
            if (ReferenceEquals(model.Pace, before))
            {
                model.Renew();
            }
        }
    }

    /// <summary>
    /// Where the configuration doesn't say that the key's models draw on limits of their own, all go by one pace that
    /// may have one in common.
    /// </summary>
    public void Gather(ModelPace model, RateLimitScope scope)
    {
        lock (_gate)
        {
            _groups.Gather(model, scope, Now());
        }
    }

    private long Now() => _time.GetElapsedTime(_origin).Ticks;

    private void NoteUnderLock(ModelPace model, in TargetEntry entry, RateLimits limits)
    {
        var now = Now();
        if (entry.Mark.Number == 0 || !model.IsListed
            || KeyReading.Of(model, entry.Mark, limits, now) is not { } reading)
        {
            return;
        }

        _history.Note(reading);
        model.Told = model.Told.With(limits, now);
        // What went by another pace says nothing that could be put in its place here.
        if (ReferenceEquals(entry.PacedBy, model.Pace))
        {
            _groups.Regroup(model, entry, limits, isNews: PartsByNumbers(model) | Compares(reading), now);
            model.IsUnsure = _groups.IsUnsure(model, now);
        }
    }

    /// <summary>Those of whom nothing is known yet and whose numbers are others have other limits.</summary>
    private bool PartsByNumbers(ModelPace model)
    {
        var isNews = false;
        var pairs = _pairs.Of(model.Number);
        foreach (var other in _all)
        {
            if (pairs[other.Number].Relation == LimitRelation.Unknown && model.Told.IsOther(other.Told))
            {
                _pairs.Part(model.Number, other.Number);
                isNews = true;
            }
        }

        return isNews;
    }

    /// <summary>With the nearest of any other model, and of some that take turns.</summary>
    private bool Compares(in KeyReading reading)
    {
        var nearest = _history.Nearest(reading, with: null);
        var isNews = Compares(reading, nearest);
        var left = MostCompared;
        for (var turn = 0; turn < _all.Count && left > 0; turn++)
        {
            var with = _all[(int)((reading.Mark.Number + turn) % _all.Count)];
            if (!ReferenceEquals(with, reading.Model) && !ReferenceEquals(with, nearest.Model))
            {
                left--;
                isNews |= Compares(reading, _history.Nearest(reading, with));
            }
        }

        return isNews;
    }

    private bool Compares(in KeyReading reading, in KeyReading other) =>
        other.Model is { IsListed: true } with && _pairs.Note(reading.Model!.Number, with.Number,
            _history.WhoTakes(reading, with, _pairs.Of(reading.Model.Number)), _history.Compare(reading, other));
}
