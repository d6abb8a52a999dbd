using System.Text;
using Holdfast.CircuitBreaking;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Tests.Calls;

namespace Holdfast.Gateway.Tests.Routing;

/// <summary>How one caller's requests that fail everywhere are told from an outage.</summary>
public sealed class FailedRequestsTests : IDisposable
{
    private static readonly byte[] Poison = "poison"u8.ToArray();
    private static readonly byte[] Good = "good"u8.ToArray();

    private readonly ManualTimeProvider _time = new();
    private readonly FailedRequests _requests;
    private readonly Gateway _gateway = new();

    public FailedRequestsTests() => _requests = new FailedRequests(_time);

    public void Dispose() => _gateway.Dispose();

    [Fact]
    public void A_request_is_at_fault_when_others_were_answered_since_it_failed()
    {
        Assert.False(_requests.Failed(Poison));
        _requests.Answered(Good);

        Assert.True(_requests.Failed(Poison));
        Assert.True(_requests.Failed(Poison));
    }

    [Fact]
    public void In_an_outage_none_is()
    {
        _requests.Answered(Good);

        for (var i = 0; i < 10; i++)
        {
            Assert.False(_requests.Failed(Poison));
            Assert.False(_requests.Failed(Good));
        }
    }

    [Fact]
    public void A_request_that_was_answered_once_is_never_at_fault()
    {
        _requests.Failed(Poison);
        _requests.Answered(Good);
        _requests.Answered(Poison);

        Assert.False(_requests.Failed(Poison));
        Assert.False(_requests.Failed(Poison));
    }

    [Fact]
    public void An_answer_of_a_minute_ago_says_nothing_any_more()
    {
        _requests.Failed(Poison);
        _requests.Answered(Good);
        _time.Advance(FailedRequests.Fresh - TimeSpan.FromTicks(1));
        Assert.True(_requests.Failed(Poison));

        _time.Advance(TimeSpan.FromTicks(1));

        Assert.False(_requests.Failed(Poison));
    }

    [Fact]
    public void The_oldest_gives_way_to_the_latest_and_all_are_forgotten_in_time()
    {
        _requests.Failed(Poison);
        for (var i = 0; i < FailedRequests.Most; i++)
        {
            _requests.Failed(Encoding.UTF8.GetBytes($"request {i}"));
        }

        _requests.Answered(Good);
        Assert.False(_requests.Failed(Poison));
        Assert.True(_requests.Failed("request 63"u8));

        _time.Advance(FailedRequests.Remembered);
        _requests.Answered(Good);

        Assert.False(_requests.Failed("request 63"u8));
    }

    [Fact]
    public void Nothing_is_remembered_of_a_request_without_a_body()
    {
        _requests.Failed([]);
        _requests.Answered(Good);

        Assert.False(_requests.Failed([]));
    }

    [Fact]
    public void What_one_caller_alone_sees_is_its_own_doing_while_others_are_answered()
    {
        _requests.Answered(Good, caller: 1);

        for (var i = 0; i < 10; i++)
        {
            Assert.True(_requests.Failed(Encoding.UTF8.GetBytes($"poison {i}"), caller: 2));
        }
    }

    [Fact]
    public void What_two_callers_see_is_nobodys_own_doing()
    {
        _requests.Answered(Good, caller: 1);
        _requests.Failed("a"u8, caller: 2);

        Assert.False(_requests.Failed("b"u8, caller: 1));
        Assert.False(_requests.Failed("c"u8, caller: 2));
        Assert.False(_requests.Failed("d"u8, caller: 3));
    }

    [Fact]
    public void A_caller_that_is_answered_itself_is_no_somebody_else()
    {
        _requests.Answered(Good, caller: 1);
        _requests.Answered("better"u8, caller: 1);

        Assert.False(_requests.Failed("a"u8, caller: 1));
    }

    [Fact]
    public void Others_that_were_answered_before_the_caller_itself_are_remembered()
    {
        _requests.Answered(Good, caller: 1);
        _requests.Answered("better"u8, caller: 2);

        Assert.True(_requests.Failed("a"u8, caller: 2));
    }

    [Fact]
    public void What_others_saw_a_minute_ago_says_nothing_any_more()
    {
        _requests.Failed("a"u8, caller: 1);
        _requests.Answered(Good, caller: 3);
        Assert.False(_requests.Failed("b"u8, caller: 2));

        _time.Advance(FailedRequests.Fresh - TimeSpan.FromTicks(1));
        Assert.False(_requests.Failed("c"u8, caller: 1));

        _requests.Answered(Good, caller: 3);
        _time.Advance(FailedRequests.Fresh - TimeSpan.FromTicks(1));
        Assert.True(_requests.Failed("d"u8, caller: 1));

        _time.Advance(TimeSpan.FromTicks(1));
        Assert.False(_requests.Failed("e"u8, caller: 1));
    }

    [Fact]
    public void Nobodys_requests_count()
    {
        _requests.Answered(Good, caller: 1);

        Assert.False(_requests.Failed("a"u8));
    }

    [Fact]
    public async Task Poison_of_one_caller_opens_no_circuit_while_another_one_is_answered()
    {
        _gateway.With("a");
        await AnswerAsync("good", "key-1");

        for (var i = 0; i < 5; i++)
        {
            await FailAsync($"poison {i}", "key-2");
        }

        Assert.Equal((CircuitState.Closed, 0),
            (_gateway.Breaker("a").State, _gateway.Breaker("a").GetStatus().FailureCount));

        for (var i = 0; i < 5; i++)
        {
            await FailAsync($"poison {i}", "key-1");
        }

        Assert.Equal(CircuitState.Open, _gateway.Breaker("a").State);
    }

    [Fact]
    public async Task A_request_that_its_caller_sends_again_and_again_opens_no_circuit_while_others_are_answered()
    {
        _gateway.Circuit = new CircuitBreakerOptions { FailureThreshold = 3, WindowThreshold = 4 };
        _gateway.With("a");
        await FailAsync("poison");
        await AnswerAsync("good");

        for (var i = 0; i < 10; i++)
        {
            await FailAsync("poison");
        }

        Assert.Equal((CircuitState.Closed, 1),
            (_gateway.Breaker("a").State, _gateway.Breaker("a").GetStatus().FailureCount));
    }

    [Fact]
    public async Task Requests_that_all_fail_open_the_circuit_whoever_sends_them()
    {
        _gateway.With("a");
        await AnswerAsync("good");

        for (var i = 0; i < 5; i++)
        {
            await FailAsync("poison");
        }

        Assert.Equal(CircuitState.Open, _gateway.Breaker("a").State);
    }

    [Fact]
    public async Task Such_a_request_as_a_probe_gives_its_place_back()
    {
        _gateway.Circuit = new CircuitBreakerOptions { SuccessThreshold = 2 };
        _gateway.With("a");
        for (var i = 0; i < 5; i++)
        {
            await FailAsync("poison");
        }

        _gateway.Time.Advance(TimeSpan.FromMinutes(1));
        await AnswerAsync("good");
        await FailAsync("poison");
        Assert.Equal(CircuitState.HalfOpen, _gateway.Breaker("a").State);

        await AnswerAsync("good");

        Assert.Equal(CircuitState.Closed, _gateway.Breaker("a").State);
    }

    private async Task FailAsync(string text, string? key = null)
    {
        _gateway.Key = key;
        var call = _gateway.CallAsync(Body(text));
        await _gateway.AnswerAsync("a", 500);
        Assert.Equal(502, (await call).Error!.Status);
    }

    private async Task AnswerAsync(string text, string? key = null)
    {
        _gateway.Key = key;
        var call = _gateway.CallAsync(Body(text));
        await _gateway.AnswerAsync("a", 200);
        (await call).Answer!.Dispose();
    }

    private static string Body(string text) => ChatCall.Plain.Replace("hi", text, StringComparison.Ordinal);
}
