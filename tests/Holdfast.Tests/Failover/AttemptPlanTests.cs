using Holdfast.Failover;
using Holdfast.Retrying;

namespace Holdfast.Tests.Failover;

public class AttemptPlanTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly RetryOptions Plain = new() { Jitter = false };
    private readonly Availability[] _now = new Availability[3];

    [Fact]
    public void Tries_the_targets_in_their_order_and_for_free()
    {
        var plan = Make(3, Plain with { MaxRetries = 0 });

        Assert.Equal(Try(0), FailingNext(plan, Outcome.ServerError));
        Assert.Equal(Try(1), FailingNext(plan, Outcome.RateLimited));
        Assert.Equal(Try(2), FailingNext(plan, Outcome.Auth));
        Assert.Equal(GiveUp, Next(plan));
        Assert.Equal(3, plan.Attempts);
    }

    [Fact]
    public void Passes_over_a_target_that_is_not_available_and_remembers_why_once()
    {
        var plan = Make(3);
        _now[0] = Availability.Not(Outcome.CircuitOpen, 40 * Second);
        _now[1] = Availability.Not(Outcome.Isolated);

        Assert.Equal(Try(2), FailingNext(plan, Outcome.Auth));
        Assert.Equal(GiveUp, Next(plan));

        Assert.Equal(
            [new(0, Outcome.CircuitOpen, 40 * Second), new SkippedTarget(1, Outcome.Isolated, TimeSpan.Zero)],
            plan.Skipped);
    }

    [Fact]
    public void Notices_a_target_that_becomes_available_later()
    {
        var plan = Make(2);
        _now[0] = Availability.Not(Outcome.CircuitOpen, 40 * Second);
        FailingNext(plan, Outcome.ServerError);

        _now[0] = Availability.Now;

        Assert.Equal(Try(0), Next(plan));
        Assert.Empty(plan.Skipped);
    }

    [Fact]
    public void Repeats_after_the_backoff_when_every_target_has_been_tried()
    {
        var plan = Make(2);
        FailingNext(plan, Outcome.ServerError);
        FailingNext(plan, Outcome.Timeout);

        Assert.Equal(Wait(0, 1), FailingNext(plan, Outcome.ServerError));
        Assert.Equal(Wait(1, 1), FailingNext(plan, Outcome.ServerError));
        Assert.Equal(Wait(0, 2), FailingNext(plan, Outcome.ServerError));
        Assert.Equal(GiveUp, Next(plan));
        Assert.Equal(3, plan.Repeats);
    }

    [Theory]
    [InlineData(Outcome.Ok)]
    [InlineData(Outcome.CallerError)]
    [InlineData(Outcome.Cancelled)]
    public void An_outcome_that_concerns_no_target_ends_the_plan(Outcome outcome)
    {
        var plan = Make(3);

        FailingNext(plan, outcome);

        Assert.Equal(GiveUp, Next(plan));
    }

    [Theory]
    [InlineData(Outcome.Quota)]
    [InlineData(Outcome.Auth)]
    [InlineData(Outcome.NotFound)]
    [InlineData(Outcome.Cut)]
    public void Never_repeats_what_cannot_succeed(Outcome outcome)
    {
        var plan = Make(1);

        FailingNext(plan, outcome);

        Assert.Equal(GiveUp, Next(plan));
    }

    [Fact]
    public void Never_repeats_at_a_server_that_says_so()
    {
        var plan = Make(1);
        Next(plan);

        plan.Report(0, Outcome.ServerError, null, repeat: RepeatRule.Never);

        Assert.Equal(GiveUp, Next(plan));
    }

    [Fact]
    public void Waits_for_the_servers_delay_when_it_is_longer_than_the_backoff()
    {
        var plan = Make(1);
        Next(plan);

        plan.Report(0, Outcome.ServerError, 45 * Second);

        Assert.Equal(Wait(0, 45), Next(plan));
    }

    [Fact]
    public void Gives_up_when_the_wait_does_not_fit_the_deadline()
    {
        var plan = Make(1);
        Next(plan);

        plan.Report(0, Outcome.ServerError, 45 * Second);

        Assert.Equal(GiveUp, Next(plan, 45 * Second));
    }

    [Fact]
    public void Repeats_at_another_target_when_one_wait_does_not_fit()
    {
        var plan = Make(2);
        Next(plan, 30 * Second);
        plan.Report(0, Outcome.ServerError, 45 * Second);
        Next(plan, 30 * Second);
        plan.Report(1, Outcome.ServerError);

        Assert.Equal(Wait(1, 1), Next(plan, 30 * Second));
    }

    [Fact]
    public void A_servers_delay_runs_while_another_target_is_tried()
    {
        var plan = Make(2);
        Next(plan, 100 * Second);
        plan.Report(0, Outcome.ServerError, 20 * Second);
        Next(plan, 100 * Second);
        plan.Report(1, Outcome.Auth);

        Assert.Equal(Wait(0, 5), Next(plan, 85 * Second));
    }

    [Fact]
    public void Gives_up_when_the_deadline_has_passed() => Assert.Equal(GiveUp, Next(Make(3), TimeSpan.Zero));

    [Fact]
    public void Gives_up_without_targets() => Assert.Equal(GiveUp, Next(Make(0)));

    [Fact]
    public void A_rate_limited_target_is_repeated_only_when_nothing_else_can_be()
    {
        var plan = Make(2);
        FailingNext(plan, Outcome.RateLimited);
        FailingNext(plan, Outcome.ServerError);

        Assert.Equal(Wait(1, 1), FailingNext(plan, Outcome.Auth));
        Assert.Equal(Wait(0, 1), Next(plan));
    }

    [Fact]
    public void A_rate_limited_target_that_cools_down_is_waited_for_when_nothing_else_is_left()
    {
        var plan = Make(1);
        FailingNext(plan, Outcome.RateLimited);
        _now[0] = Availability.Not(Outcome.RateLimited, 12 * Second);

        Assert.Equal(Wait(0, 12), Next(plan));
    }

    [Fact]
    public void Of_rate_limited_targets_the_one_that_is_free_first_is_repeated()
    {
        var plan = Make(2, Plain with { BaseDelay = Second / 20 });
        Next(plan);
        plan.Report(0, Outcome.RateLimited, 12 * Second);
        FailingNext(plan, Outcome.RateLimited);
        _now[0] = Availability.Not(Outcome.RateLimited, 12 * Second);
        _now[1] = Availability.Not(Outcome.RateLimited, Second / 20);

        Assert.Equal(Wait(1, 0.05), FailingNext(plan, Outcome.RateLimited));
        Assert.Equal(Wait(1, 0.1), Next(plan));
    }

    [Fact]
    public void A_rest_that_is_nearly_over_is_not_passed_by_for_a_servers_long_delay()
    {
        var plan = Make(2);
        Next(plan);
        plan.Report(0, Outcome.ServerError, 12 * Second);
        _now[1] = Availability.Not(Outcome.Held, Second / 20);

        Assert.Equal(new AttemptStep(AttemptStepKind.WaitThenTry, 1, Second / 20, false), Next(plan));
    }

    [Fact]
    public void A_rate_limit_that_is_nearly_over_is_not_passed_by_for_an_untried_targets_long_rest()
    {
        var plan = Make(2);
        _now[0] = Availability.Not(Outcome.Held, 12 * Second);
        FailingNext(plan, Outcome.RateLimited);

        Assert.Equal(Wait(1, 1), Next(plan));
    }

    [Fact]
    public void A_rest_that_is_nearly_over_is_not_passed_by_for_a_long_backoff()
    {
        var plan = Make(2, Plain with { BaseDelay = 4 * Second });
        _now[1] = Availability.Not(Outcome.Held, 15 * Second);
        FailingNext(plan, Outcome.ServerError);

        Assert.Equal(Wait(0, 4), FailingNext(plan, Outcome.ServerError));
        _now[1] = Availability.Not(Outcome.Held, Second);

        Assert.Equal(new AttemptStep(AttemptStepKind.WaitThenTry, 1, Second, false), Next(plan));
    }

    [Fact]
    public void Of_waits_that_are_about_as_long_the_target_with_fewer_attempts_is_repeated()
    {
        var plan = Make(2);
        Next(plan);
        plan.Report(0, Outcome.RateLimited, 11 * Second);
        Next(plan);
        plan.Report(1, Outcome.RateLimited, 5 * Second);
        Assert.Equal(Wait(1, 5), Next(plan));
        plan.Report(1, Outcome.RateLimited, 10 * Second);

        Assert.Equal(Wait(0, 11), Next(plan));
    }

    [Fact]
    public void A_tried_target_whose_circuit_has_opened_is_not_repeated()
    {
        var plan = Make(1);
        FailingNext(plan, Outcome.ServerError);
        _now[0] = Availability.Not(Outcome.CircuitOpen, Second);

        Assert.Equal(GiveUp, Next(plan));
    }

    [Fact]
    public void Of_resting_targets_the_one_that_is_ready_first_is_waited_for_and_is_free()
    {
        var plan = Make(2, Plain with { MaxRetries = 0 });
        _now[0] = Availability.Not(Outcome.Held, 20 * Second);
        _now[1] = Availability.Not(Outcome.RateLimited, 5 * Second);

        var step = Next(plan);

        Assert.Equal(new AttemptStep(AttemptStepKind.WaitThenTry, 1, 5 * Second, false), step);
        Assert.Equal(0, plan.Repeats);
    }

    [Theory]
    [InlineData(31, 600)]
    [InlineData(20, 20)]
    public void A_rest_that_is_too_long_is_not_waited_for(int restSeconds, int remainingSeconds)
    {
        var plan = Make(1);
        _now[0] = Availability.Not(Outcome.Held, restSeconds * Second);

        Assert.Equal(GiveUp, Next(plan, remainingSeconds * Second));
    }

    [Theory]
    [InlineData(Outcome.CircuitOpen)]
    [InlineData(Outcome.Saturated)]
    [InlineData(Outcome.Isolated)]
    public void An_open_a_full_and_an_isolated_target_are_not_waited_for(Outcome why)
    {
        var plan = Make(1);
        _now[0] = Availability.Not(why, Second);

        Assert.Equal(GiveUp, Next(plan));
    }

    [Fact]
    public void Repeats_before_it_waits_for_a_resting_target()
    {
        var plan = Make(2);
        _now[0] = Availability.Not(Outcome.Held, Second / 2);
        FailingNext(plan, Outcome.ServerError);

        Assert.Equal(Wait(1, 1), FailingNext(plan, Outcome.Auth));
        Assert.Equal(new AttemptStep(AttemptStepKind.WaitThenTry, 0, Second / 2, false), Next(plan));
    }

    [Fact]
    public void A_last_resort_comes_after_all_others_but_before_a_repeat()
    {
        var plan = Make(3);
        _now[0] = Availability.LastResort;

        Assert.Equal(Try(1), FailingNext(plan, Outcome.ServerError));
        Assert.Equal(Try(2), FailingNext(plan, Outcome.ServerError));
        Assert.Equal(Try(0), FailingNext(plan, Outcome.Auth));
        Assert.Equal(Wait(1, 1), Next(plan));
    }

    [Fact]
    public void A_call_turned_away_at_the_door_was_no_attempt_and_others_come_first()
    {
        var plan = Make(2);

        FailingNext(plan, Outcome.CircuitOpen);

        Assert.Equal(0, plan.Attempts);
        Assert.Equal(Try(1), FailingNext(plan, Outcome.Auth));
        Assert.Equal(Try(0), Next(plan));
    }

    [Fact]
    public void A_repeat_turned_away_at_the_door_gives_the_retry_back()
    {
        var plan = Make(1);
        FailingNext(plan, Outcome.ServerError);

        FailingNext(plan, Outcome.Saturated);

        Assert.Equal(0, plan.Repeats);
        Assert.Equal(Wait(0, 1), Next(plan));
    }

    [Fact]
    public void A_door_that_stays_shut_is_knocked_at_three_times()
    {
        var plan = Make(1);

        for (var i = 0; i < 3; i++)
            Assert.Equal(Try(0), FailingNext(plan, Outcome.Saturated));

        Assert.Equal(GiveUp, Next(plan));
        Assert.Equal([new SkippedTarget(0, Outcome.Saturated, TimeSpan.Zero)], plan.Skipped);
    }

    [Fact]
    public void A_step_that_nobody_reported_on_is_not_repeated()
    {
        var plan = Make(1);

        Next(plan);

        Assert.Equal(GiveUp, Next(plan));
    }

    [Fact]
    public void A_repeat_that_nobody_reported_on_is_not_repeated()
    {
        var plan = Make(1);
        FailingNext(plan, Outcome.ServerError);

        Next(plan);

        Assert.Equal(GiveUp, Next(plan));
    }

    [Fact]
    public void Stays_at_the_target_when_the_outcome_may_not_fail_over()
    {
        var plan = Make(3);
        Next(plan);

        plan.Report(0, Outcome.ServerError, mayFailOver: false);

        Assert.Equal(Wait(0, 1), Next(plan));
    }

    [Fact]
    public void Gives_up_when_the_outcome_may_neither_fail_over_nor_repeat()
    {
        var plan = Make(3);
        Next(plan);

        plan.Report(0, Outcome.Auth, mayFailOver: false);

        Assert.Equal(GiveUp, Next(plan));
    }

    [Fact]
    public void Waits_as_the_targets_own_options_say()
    {
        var plan = Make(1);
        Next(plan);

        plan.Report(0, Outcome.ServerError, waits: Plain with { BaseDelay = 7 * Second });

        Assert.Equal(Wait(0, 7), Next(plan));
    }

    [Fact]
    public void Repeats_what_its_options_name_as_retryable()
    {
        var plan = Make(1, Plain with { RetryableErrors = [Outcome.NotFound] });

        FailingNext(plan, Outcome.NotFound);

        Assert.Equal(Wait(0, 1), Next(plan));
    }

    [Fact]
    public void Does_not_repeat_what_its_options_leave_out()
    {
        var plan = Make(1, Plain with { RetryableErrors = [Outcome.NotFound] });

        FailingNext(plan, Outcome.ServerError);

        Assert.Equal(GiveUp, Next(plan));
    }

    [Fact]
    public void Reporting_on_no_step_is_a_mistake()
    {
        var plan = Make(2);
        FailingNext(plan, Outcome.ServerError);

        Assert.Throws<InvalidOperationException>(() => plan.Report(0, Outcome.Ok));
        Assert.Throws<InvalidOperationException>(() => plan.Report(1, Outcome.Ok));
        Assert.Throws<InvalidOperationException>(() => plan.Report(-1, Outcome.Ok));
    }

    [Fact]
    public void Reporting_on_a_target_beyond_the_last_is_a_mistake()
    {
        var plan = Make(2);
        Next(plan);

        Assert.Throws<InvalidOperationException>(() => plan.Report(2, Outcome.Ok));
    }

    [Fact]
    public void A_target_behind_the_one_that_is_taken_was_not_passed_over()
    {
        var plan = Make(3);
        _now[1] = Availability.Not(Outcome.CircuitOpen, 40 * Second);
        _now[2] = Availability.Not(Outcome.Isolated);

        Assert.Equal(Try(0), Next(plan));

        Assert.Empty(plan.Skipped);
    }

    [Fact]
    public void The_reason_for_passing_over_is_the_first_one()
    {
        var plan = Make(2);
        _now[0] = Availability.Not(Outcome.CircuitOpen, 40 * Second);
        FailingNext(plan, Outcome.ServerError);
        _now[0] = Availability.Not(Outcome.Isolated);

        Next(plan);

        Assert.Equal([new SkippedTarget(0, Outcome.CircuitOpen, 40 * Second)], plan.Skipped);
    }

    [Fact]
    public void Of_targets_with_as_many_attempts_the_earlier_is_repeated()
    {
        var plan = Make(3);
        FailingNext(plan, Outcome.ServerError);
        FailingNext(plan, Outcome.ServerError);
        FailingNext(plan, Outcome.ServerError);

        Assert.Equal(Wait(0, 1), Next(plan));
    }

    [Fact]
    public void A_wait_that_ends_just_before_the_deadline_is_waited_for()
    {
        var plan = Make(1);
        Next(plan);
        plan.Report(0, Outcome.ServerError, 45 * Second);

        Assert.Equal(Wait(0, 45), Next(plan, 45 * Second + TimeSpan.FromTicks(1)));
    }

    [Theory]
    [InlineData(30, 600)]
    [InlineData(20, 21)]
    public void A_rest_of_the_longest_backoff_that_fits_the_deadline_is_waited_for(int rest, int remaining)
    {
        var plan = Make(1);
        _now[0] = Availability.Not(Outcome.Held, rest * Second);

        Assert.Equal(
            new AttemptStep(AttemptStepKind.WaitThenTry, 0, rest * Second, false), Next(plan, remaining * Second));
    }

    [Fact]
    public void Of_rests_of_the_same_length_the_earlier_target_is_waited_for()
    {
        var plan = Make(2);
        _now[0] = Availability.Not(Outcome.Held, 5 * Second);
        _now[1] = Availability.Not(Outcome.Held, 5 * Second);

        Assert.Equal(0, Next(plan).Target);
    }

    [Fact]
    public void The_longer_of_a_servers_delay_and_a_rest_is_waited_for()
    {
        var plan = Make(1, Plain with { RetryableErrors = [Outcome.RateLimited] });
        Next(plan);
        plan.Report(0, Outcome.RateLimited, 20 * Second);

        _now[0] = Availability.Not(Outcome.RateLimited, 5 * Second);

        Assert.Equal(Wait(0, 20), Next(plan));
    }

    [Fact]
    public void A_negative_server_delay_is_none()
    {
        var plan = Make(1);
        Next(plan);

        plan.Report(0, Outcome.ServerError, -5 * Second);

        Assert.Equal(Wait(0, 1), Next(plan));
    }

    [Fact]
    public void A_target_that_is_available_only_later_is_not_taken_beside_a_running_one()
    {
        var plan = Make(2);
        Next(plan);
        _now[1] = Availability.Not(Outcome.Held, Second);

        Assert.Equal(GiveUp, NextBeside(plan));
        _now[1] = Availability.Now;
        Assert.Equal(Try(1), NextBeside(plan));
        Assert.Equal(GiveUp, NextBeside(plan));
    }

    [Fact]
    public void Attempts_and_repeats_count_what_was_tried_not_what_was_turned_away()
    {
        var plan = Make(1);
        FailingNext(plan, Outcome.ServerError);
        FailingNext(plan, Outcome.ServerError);
        var before = (plan.Attempts, plan.Repeats);

        FailingNext(plan, Outcome.Saturated);

        Assert.Equal((2, 1), before);
        Assert.Equal((2, 1), (plan.Attempts, plan.Repeats));
        Assert.Empty(plan.Skipped);
    }

    [Fact]
    public void Availability_takes_only_reasons_for_not_trying() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Availability.Not(Outcome.ServerError, Second));

    [Fact]
    public void A_last_resort_whose_door_stays_shut_is_knocked_at_three_times()
    {
        var plan = Make(1);
        _now[0] = Availability.LastResort;

        for (var i = 0; i < 3; i++)
            Assert.Equal(Try(0), FailingNext(plan, Outcome.Saturated));

        Assert.Equal(GiveUp, Next(plan));
    }

    [Fact]
    public void A_repeat_whose_door_stays_shut_is_knocked_at_three_times()
    {
        var plan = Make(1);
        FailingNext(plan, Outcome.ServerError);

        for (var i = 0; i < 3; i++)
            Assert.Equal(Wait(0, 1), FailingNext(plan, Outcome.Saturated));

        Assert.Equal(GiveUp, Next(plan));
    }

    [Fact]
    public void A_rest_whose_door_stays_shut_is_waited_for_three_times()
    {
        var plan = Make(1);
        _now[0] = Availability.Not(Outcome.Held, Second);

        for (var i = 0; i < 3; i++)
            Assert.Equal(AttemptStepKind.WaitThenTry, FailingNext(plan, Outcome.Saturated).Kind);

        Assert.Equal(GiveUp, Next(plan));
    }

    [Fact]
    public void Of_targets_that_turned_the_call_away_as_often_the_earlier_is_asked_first()
    {
        var plan = Make(2);
        FailingNext(plan, Outcome.Saturated);
        FailingNext(plan, Outcome.Saturated);

        Assert.Equal(Try(0), FailingNext(plan, Outcome.Saturated));
        Assert.Equal(Try(1), Next(plan));
    }

    [Fact]
    public void A_clock_that_went_back_does_not_make_a_servers_delay_longer()
    {
        var plan = Make(2);
        Next(plan, 100 * Second);
        plan.Report(0, Outcome.ServerError, 20 * Second);
        Next(plan, 100 * Second);
        plan.Report(1, Outcome.Auth);

        Assert.Equal(Wait(0, 20), Next(plan, 110 * Second));
    }

    [Fact]
    public void An_untried_target_that_rests_comes_before_a_long_backoff_though_a_tried_one_rests_shorter()
    {
        var plan = Make(3, Plain with { BackoffMultiplier = 10 });
        _now[2] = Availability.Not(Outcome.Held, 2 * Second);
        FailingNext(plan, Outcome.ServerError);
        FailingNext(plan, Outcome.RateLimited);
        _now[1] = Availability.Not(Outcome.RateLimited, 1.5 * Second);

        Assert.Equal(Wait(0, 1), FailingNext(plan, Outcome.ServerError));

        Assert.Equal(new AttemptStep(AttemptStepKind.WaitThenTry, 2, 2 * Second, false), Next(plan));
    }

    [Fact]
    public void Stays_at_the_target_when_several_outcomes_in_a_row_may_not_fail_over()
    {
        var plan = Make(2);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(0, Next(plan).Target);
            plan.Report(0, Outcome.ServerError, mayFailOver: false);
        }

        Assert.Equal(0, Next(plan).Target);
    }

    [Fact]
    public void Does_not_go_back_to_a_target_when_the_outcome_may_not_fail_over()
    {
        var plan = Make(2);
        FailingNext(plan, Outcome.ServerError);
        Next(plan);

        plan.Report(1, Outcome.Auth, mayFailOver: false);

        Assert.Equal(GiveUp, Next(plan));
    }

    [Fact]
    public void What_cannot_be_tried_is_no_last_resort() =>
        Assert.False(Availability.Not(Outcome.Held).IsLastResort);

    [Fact]
    public void A_rest_of_negative_length_is_one_of_unknown_length() =>
        Assert.Equal(TimeSpan.Zero, Availability.Not(Outcome.Held, -Second).RetryAfter);

    private static readonly AttemptStep GiveUp = new(AttemptStepKind.GiveUp, -1, TimeSpan.Zero, false);

    private static AttemptStep Try(int target) => new(AttemptStepKind.Try, target, TimeSpan.Zero, false);

    private static AttemptStep Wait(int target, double seconds) =>
        new(AttemptStepKind.WaitThenTry, target, seconds * Second, true);

    private static AttemptPlan Make(int targets, RetryOptions? retry = null) =>
        new(targets, retry ?? Plain, new Backoff(new Random(1)));

    private AttemptStep Next(AttemptPlan plan, TimeSpan? remaining = null) =>
        plan.Next(_now, static (now, target) => now[target], remaining ?? TimeSpan.MaxValue);

    private AttemptStep NextBeside(AttemptPlan plan) =>
        plan.Next(_now, static (now, target) => now[target], TimeSpan.MaxValue, untriedOnly: true);

    private AttemptStep FailingNext(AttemptPlan plan, Outcome outcome)
    {
        var step = Next(plan);
        plan.Report(step.Target, outcome);
        return step;
    }
}
