using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Admission;

/// <summary>
/// Which of a key's models go by one pace, and which of them draw on one account: by the configuration, or by what is
/// known of each two. Not thread-safe.
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
        if (!model.IsListed)
        {
            return;
        }

        if (scope == RateLimitScope.Model)
        {
            Name(model, account: model);
            return;
        }

        if (scope == RateLimitScope.Key && all.TrueForAll(mate =>
            ReferenceEquals(mate.Pace, all[0].Pace) && ReferenceEquals(mate.Account, all[0])))
        {
            return;
        }

        Bring(scope == RateLimitScope.Key ? all : TogetherWith(model, now), model, scope);
        Name(scope == RateLimitScope.Key ? all[0] : null);
    }

    /// <summary>
    /// A model goes by a pace of its own with those that are together with it, or by that of others who are now.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="entry">Its call that was answered.</param>
    /// <param name="limits">What the answer said.</param>
    /// <param name="isNews">What is taken for true of it and another is another since this answer.</param>
    /// <param name="now">The moment, in ticks.</param>
    public void Regroup(ModelPace model, in TargetEntry entry, RateLimits limits, bool isNews, long now)
    {
        if (!isNews && (now - model.GroupedAt < LookEvery || !IsAnyMateApart(model)))
        {
            return;
        }

        // Apart, so that nothing is allocated for an answer that changes nothing.
        Regroup(model, entry, limits, now);
    }

    private void Regroup(ModelPace model, in TargetEntry entry, RateLimits limits, long now)
    {
        model.GroupedAt = now;
        var together = TogetherWith(model, now);
        var before = model.Pace;
        if (all.Exists(other => ReferenceEquals(other.Pace, before) && !together.Contains(other)))
        {
            model.Part(entry, limits);
            foreach (var mate in together.Where(mate => ReferenceEquals(mate.Pace, before)))
            {
                mate.Join(model.Pace);
            }
        }

        // What is left to one that only may draw on the same limit, its pace would not know.
        Bring(together.Where(other => ReferenceEquals(other, model)
            || pairs.Of(model.Number)[other.Number].Relation == LimitRelation.Shared), model, RateLimitScope.Auto);
        Name(account: null);
        ForgetOthers(before);
        ForgetOthers(model.Pace);
    }

    /// <summary>A model is not used any more: what was said to it holds nobody back.</summary>
    public void Leave(ModelPace model)
    {
        if (!all.Exists(mate => !ReferenceEquals(mate, model) && ReferenceEquals(mate.Account, model.Account)))
        {
            model.Pace.Queue.Forget(model.Account);
        }
    }

    /// <summary>Whether nobody knows if a model draws on one limit with one that goes by the same pace.</summary>
    public bool IsUnsure(ModelPace model, long now)
    {
        var known = pairs.Of(model.Number);
        foreach (var mate in all)
        {
            // One that is hardly used leaves nothing to find out.
            if (known[mate.Number].Relation != LimitRelation.Shared && !ReferenceEquals(mate, model)
                && ReferenceEquals(mate.Pace, model.Pace) && mate.Told.IsSince(now - Lately))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// From now on answers speak of this account, or each of its model's own and of those known to be the same.
    /// </summary>
    private void Name(ModelPace? account)
    {
        foreach (var model in all)
        {
            Name(model, account);
        }
    }

    private void Name(ModelPace model, ModelPace? account)
    {
        var known = pairs.Of(model.Number);
        List<ModelPace> alike = [];
        foreach (var mate in all)
        {
            if (account is null && known[mate.Number].Relation == LimitRelation.Shared
                && ReferenceEquals(mate.Pace, model.Pace))
            {
                alike.Add(mate);
            }
        }

        model.Alike = alike;
        var before = model.Account;
        model.Account = account ?? model;
        if (!ReferenceEquals(model.Account, before))
        {
            Forget(model.Pace, before);
        }
    }

    /// <summary>What was said to those that go by other paces says nothing of this one.</summary>
    public void ForgetOthers(KeyPace pace)
    {
        if (pace.Models > 0)
        {
            foreach (var other in all.Where(other => !ReferenceEquals(other.Pace, pace)))
            {
                Forget(pace, other.Account);
            }
        }
    }

    /// <summary>An account counts at a pace as long as one that goes by it draws on it.</summary>
    private void Forget(KeyPace pace, ModelPace account)
    {
        if (!all.Exists(mate => ReferenceEquals(mate.Pace, pace) && ReferenceEquals(mate.Account, account)))
        {
            pace.Queue.Forget(account);
        }
    }

    /// <summary>
    /// Those that may draw on one limit with a model, or with one of these. Two that are apart are not together because
    /// of a third that is hardly heard of.
    /// </summary>
    private HashSet<ModelPace> TogetherWith(ModelPace model, long now)
    {
        HashSet<ModelPace> found = [model];
        Queue<ModelPace> next = new(found);
        while (next.TryDequeue(out var one))
        {
            var known = pairs.Of(one.Number);
            foreach (var other in all)
            {
                var isOther = model.Told.IsOther(other.Told);
                if (!known[other.Number].IsApart && !isOther && found.Add(other) && other.Told.IsSince(now - Lately))
                {
                    next.Enqueue(other);
                }
            }
        }

        return found;
    }

    /// <summary>All of them go by the pace that most of them go by, or the oldest.</summary>
    private static void Bring(IEnumerable<ModelPace> group, ModelPace model, RateLimitScope scope)
    {
        var models = group.ToList();
        var to = model.Pace;
        foreach (var mate in models)
        {
            to = mate.Pace.ComesBefore(to) ? mate.Pace : to;
        }

        foreach (var mate in models.Where(mate => !ReferenceEquals(mate.Pace, to)))
        {
            // Of one limit the pace knows more than those that come to it; what is left to others nobody would know.
            mate.Join(to, knowing: scope == RateLimitScope.Auto);
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
