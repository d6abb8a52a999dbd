using Holdfast.Failover;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Tests.Calls;

public sealed class CallRecordTests
{
    [Fact]
    public void Counts_what_was_sent_and_repeated_but_not_what_was_passed_over()
    {
        var record = new CallRecord(ChatCall.Of());

        record.Add(Attempt("a", Outcome.CircuitOpen, wasSent: false));
        record.Add(Attempt("b", Outcome.ServerError));
        record.Add(Attempt("b", Outcome.Timeout) with { IsRepeat = true });

        Assert.Equal((2, 1, 3), (record.Sent, record.Repeats, record.Attempts.Count));
        Assert.Null(record.Winner);
    }

    [Fact]
    public void The_winner_is_the_attempt_whose_answer_the_caller_gets()
    {
        var record = new CallRecord(ChatCall.Of());
        var (first, second) = (Attempt("a", Outcome.Ok), Attempt("b", Outcome.Ok));
        record.Add(first);
        record.Add(second);

        record.Won(second);

        Assert.Equal("b", record.Winner!.Provider);
    }

    [Fact]
    public void The_end_of_a_stream_takes_the_winners_place()
    {
        var record = new CallRecord(ChatCall.Of());
        record.Add(Attempt("a", Outcome.Refused));
        var winner = Attempt("b", Outcome.Ok);
        record.Add(winner);
        record.Won(winner);

        record.Replace(winner, winner with { Outcome = Outcome.Cut });

        Assert.Equal([Outcome.Refused, Outcome.Cut], record.Attempts.Select(attempt => attempt.Outcome));
        Assert.Equal(Outcome.Cut, record.Winner!.Outcome);
        Assert.Equal(2, record.Sent);
    }

    [Fact]
    public void The_trail_names_every_target_and_its_outcome()
    {
        var record = new CallRecord(ChatCall.Of());
        record.Add(Attempt("openai", Outcome.Timeout));
        record.Add(Attempt("anthropic", Outcome.Ok));

        var text = AttemptedText.Of(record);

        Assert.Equal("openai/m:timeout,anthropic/m:ok", text);
    }

    [Fact]
    public void The_trail_of_one_attempt_has_no_comma()
    {
        var record = new CallRecord(ChatCall.Of());
        record.Add(Attempt("openai", Outcome.Ok));

        Assert.Equal("openai/m:ok", AttemptedText.Of(record));
    }

    [Fact]
    public void A_model_cannot_forge_a_trail_or_break_a_header()
    {
        var record = new CallRecord(ChatCall.Of());
        record.Add(new AttemptRecord("p", "x:ok,q/ü\r\n%", Outcome.Refused, TimeSpan.Zero, WasSent: true));

        Assert.Equal("p/x:ok%2Cq/%C3%BC%0D%0A%25:refused", AttemptedText.Of(record));
    }

    [Fact]
    public void A_trail_ends_after_fifty_attempts()
    {
        var record = new CallRecord(ChatCall.Of());
        for (var i = 0; i < 60; i++)
        {
            record.Add(Attempt("p", Outcome.Timeout));
        }

        Assert.Equal(50, AttemptedText.Of(record).Split(',').Length);
    }

    private static AttemptRecord Attempt(string provider, Outcome outcome, bool wasSent = true) =>
        new(provider, "m", outcome, TimeSpan.Zero, wasSent);
}
