using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Tests.Admission;

/// <summary>What a target's calls are expected to take of a token limit.</summary>
public sealed class TokenEstimatesTests
{
    // Of 32 KiB.
    private const long LargestShort = 8192;

    private readonly TokenEstimates _estimates = new();

    [Theory]
    [InlineData(null, 100)]
    [InlineData(0, 100)]
    [InlineData(-5, 100)]
    [InlineData(400, 500)]
    [InlineData(int.MaxValue, 100L + int.MaxValue)]
    public void A_call_is_expected_to_take_its_body_and_the_most_of_its_answer(int? mostOutput, long expected) =>
        Assert.Equal(expected, _estimates.Of(100, mostOutput));

    [Fact]
    public void Four_calls_show_what_a_body_takes()
    {
        Learn(3, body: 100, input: 300);
        Assert.Equal(100, _estimates.Of(100, mostOutput: 0));

        Learn(1, body: 100, input: 500);
        Assert.Equal(350, _estimates.Of(100, mostOutput: 0));
    }

    [Theory]
    [InlineData(100, 10, 25)]
    [InlineData(100, 30, 30)]
    [InlineData(100, 5000, 800)]
    [InlineData(0, 7, 700)]
    public void A_body_takes_a_quarter_to_eight_times_what_its_length_says(long body, long input, long expected)
    {
        Learn(4, body, input);

        Assert.Equal(expected, _estimates.Of(100, mostOutput: 0));
    }

    [Fact]
    public void Large_bodies_with_their_images_say_nothing_of_the_others()
    {
        Learn(4, body: LargestShort + 1, input: 820);

        Assert.Equal(LargestShort, _estimates.Of(LargestShort, mostOutput: 0));
        Assert.InRange(_estimates.Of(LargestShort + 1, mostOutput: 0), 819, 820);
        Assert.InRange(_estimates.Of(100 * LargestShort, mostOutput: 0), 81_980, 82_000);
    }

    [Fact]
    public void Large_bodies_are_counted_at_a_thousandth_at_least()
    {
        Learn(4, body: 1_024_000, input: 1);

        Assert.Equal(1000, _estimates.Of(1_024_000, mostOutput: 0));
    }

    [Fact]
    public void Answers_without_a_bound_are_expected_to_be_as_long_as_those_before()
    {
        _estimates.Learn(100, mostOutput: null, new Usage(100, 200));
        _estimates.Learn(100, mostOutput: null, new Usage(100, 400));
        _estimates.Learn(100, mostOutput: 5000, new Usage(100, 5000));

        Assert.Equal(400, _estimates.Of(100, mostOutput: null));
        Assert.Equal(150, _estimates.Of(100, mostOutput: 50));
    }

    [Fact]
    public void What_was_long_ago_counts_less_and_less()
    {
        Learn(1000, body: 100, input: 700);
        Learn(1000, body: 100, input: 200);

        Assert.InRange(_estimates.Of(1000, mostOutput: 0), 2000, 2010);
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(-100, 10)]
    [InlineData(100, -10)]
    public void An_answer_that_does_not_say_what_was_taken_says_nothing(long input, long output)
    {
        for (var call = 0; call < 8; call++)
        {
            _estimates.Learn(100, mostOutput: null, new Usage(input, output));
        }

        Assert.Equal(100, _estimates.Of(100, mostOutput: null));
    }

    // Nobody can set 40,000 aside for a call who allows 30,000 in all.
    [Fact]
    public void A_call_that_lets_its_answer_take_more_than_there_is_takes_what_answers_take()
    {
        _estimates.Limit = 30_000;
        Assert.Equal(15_000, _estimates.Of(100, mostOutput: 40_000));
        Assert.Equal(29_900, _estimates.Of(100, mostOutput: 29_800));

        _estimates.Learn(100, mostOutput: 40_000, new Usage(100, 2000));
        Assert.Equal(2100, _estimates.Of(100, mostOutput: 40_000));

        _estimates.Limit = 0;
        Assert.Equal(40_100, _estimates.Of(100, mostOutput: 40_000));
    }

    [Fact]
    public void One_answer_that_took_more_than_there_is_does_not_let_all_calls_go_at_once()
    {
        _estimates.Limit = 30_000;

        _estimates.Learn(100, mostOutput: null, new Usage(100, 100_000));

        Assert.Equal(15_000, _estimates.Of(100, mostOutput: null));
    }

    [Fact]
    public void A_body_of_more_than_there_is_is_the_providers_to_judge()
    {
        _estimates.Limit = 1000;

        Assert.Equal(1101, _estimates.Of(1001, mostOutput: 100));
    }

    [Fact]
    public void An_answer_that_cannot_be_so_long_leaves_numbers_that_can_be_added()
    {
        _estimates.Learn(100, mostOutput: null, new Usage(100, long.MaxValue));

        Assert.Equal(100L + int.MaxValue, _estimates.Of(100, mostOutput: null));
    }

    private void Learn(int calls, long body, long input)
    {
        for (var call = 0; call < calls; call++)
        {
            _estimates.Learn(body, mostOutput: 0, new Usage(input, 10));
        }
    }
}
