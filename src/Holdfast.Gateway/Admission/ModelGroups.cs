using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Admission;

/// <summary>
/// Which of a key's models go by one pace: by the configuration, or by what is known of each two. Not thread-safe.
/// </summary>
/// <param name="all">The key's models, by their numbers.</param>
/// <param name="pairs">What is known of each two.</param>
internal sealed class ModelGroups(List<ModelPace> all, LimitPairs pairs)
{
    // Who was told nothing for longer keeps nobody together.
    private const long Lately = TimeSpan.TicksPerMinute;

    // Two who are apart may be held together by a third: so often it is looked whether it still does.
    private const long LookEvery = TimeSpan.TicksPerSecond;

    /// <summary>
    /// Where the configuration doesn't say that the key's models draw on limits of their own, all go by one pace that
    /// may have one in common.
    /// </summary>
    public void Gather(ModelPace model, RateLimitScope scope, long now)
    {
        // A model can be found by a reload before the key lists it.
        if (scope != RateLimitScope.Model && model.IsListed)
        {
            Bring(scope == RateLimitScope.Key ? all : TogetherWith(model, now), model);
        }
    }

    /// <summary>
    /// A model goes by a pace of its own with those that are together with it, or by that of others who are now.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="entry">Its call that was answered.</param>
    /// <param name="limits">What the answer said.</param>
    /// <param name="isNews">Others are apart from it or together with it since this answer.</param>
    /// <param name="now">The moment, in ticks.</param>
    public void Regroup(ModelPace model, in TargetEntry entry, RateLimits limits, bool isNews, long now)
    {
        if (!isNews && (now - model.GroupedAt < LookEvery || !IsAnyMateApart(model)))
        {
            return;
        }

        model.GroupedAt = now;
        var together = TogetherWith(model, now);
        if (all.Exists(other => ReferenceEquals(other.Pace, model.Pace) && !together.Contains(other)))
        {
            var before = model.Pace;
            model.Part(entry, LeastOf(together, model, limits, now));
            foreach (var mate in together.Where(mate => ReferenceEquals(mate.Pace, before)))
            {
                mate.Join(model.Pace);
            }

            Stay(all.Where(mate => ReferenceEquals(mate.Pace, before) && mate.IsTold), model, entry);
        }

        // What is left to one that only may draw on the same limit, its pace would not know.
        Bring(together.Where(other => ReferenceEquals(other, model)
            || pairs.Of(model.Number)[other.Number].Relation == LimitRelation.Shared), model);
    }

    /// <summary>
    /// Those who stay behind don't go by what was said to those who left, and was taken for what is left to all.
    /// </summary>
    private static void Stay(IEnumerable<ModelPace> stayers, ModelPace left, in TargetEntry entry)
    {
        var mates = stayers.ToList();
        if (mates.Count == 0)
        {
            return;
        }

        var limits = mates[0].Told.Full;
        foreach (var mate in mates)
        {
            limits = mate.Told.LeastWith(left.Told.With(limits));
        }

        mates[0].Part(entry, limits);
        mates.Skip(1).ToList().ForEach(mate => mate.Join(mates[0].Pace));
    }

    /// <summary>
    /// What the pace of a model may learn from an answer: as long as nobody knows whether models draw on one limit,
    /// their pace must be right for both cases.
    /// </summary>
    public RateLimits LeastOfMates(ModelPace model, RateLimits limits, long now) =>
        LeastOf(all.Where(other => ReferenceEquals(other.Pace, model.Pace)), model, limits, now);

    private RateLimits LeastOf(IEnumerable<ModelPace> mates, ModelPace model, RateLimits limits, long now)
    {
        model.IsUnsure = false;
        foreach (var other in mates)
        {
            if (!ReferenceEquals(other, model)
                && pairs.Of(model.Number)[other.Number].Relation != LimitRelation.Shared)
            {
                // One that is hardly used leaves nothing to find out.
                model.IsUnsure |= other.Told.IsSince(now - Lately);
                limits = other.Told.LeastWith(model.Told.With(limits));
            }
        }

        return limits;
    }

    /// <summary>
    /// Those that may draw on one limit with a model, or with one of these. Two that are apart are not together because
    /// of a third that is hardly heard of.
    /// </summary>
    private HashSet<ModelPace> TogetherWith(ModelPace model, long now)
    {
        var limit = model.Told.Announced;
        HashSet<ModelPace> found = [model];
        Queue<ModelPace> next = new(found);
        while (next.TryDequeue(out var one))
        {
            var known = pairs.Of(one.Number);
            foreach (var other in all)
            {
                var isOther = other.Told.Announced.Limit != 0 && limit.Limit != 0 && other.Told.Announced != limit;
                if (!known[other.Number].IsApart && !isOther && found.Add(other) && other.Told.IsSince(now - Lately))
                {
                    next.Enqueue(other);
                }
            }
        }

        return found;
    }

    /// <summary>All of them go by the pace that most of them go by, or the oldest.</summary>
    private static void Bring(IEnumerable<ModelPace> group, ModelPace model)
    {
        var models = group.ToList();
        var to = model.Pace;
        foreach (var mate in models)
        {
            to = mate.Pace.ComesBefore(to) ? mate.Pace : to;
        }

        foreach (var mate in models.Where(mate => !ReferenceEquals(mate.Pace, to)))
        {
            mate.Join(to);
        }
    }

    /// <summary>
    /// One that goes by its pace because of others, or of a configuration that is gone, is apart from it.
    /// </summary>
    private bool IsAnyMateApart(ModelPace model)
    {
        var known = pairs.Of(model.Number);
        foreach (var mate in all)
        {
            if (known[mate.Number].IsApart && !ReferenceEquals(mate, model)
                && ReferenceEquals(mate.Pace, model.Pace))
            {
                return true;
            }
        }

        return false;
    }
}
