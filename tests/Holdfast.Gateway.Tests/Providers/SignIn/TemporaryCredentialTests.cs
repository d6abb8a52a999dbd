using Holdfast.Gateway.Providers.SignIn;

namespace Holdfast.Gateway.Tests.Providers.SignIn;

public class TemporaryCredentialTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<TaskCompletionSource<(string, DateTimeOffset)>> _asked = [];
    private readonly List<Exception> _failed = [];
    private readonly TemporaryCredential<string> _credential;
    private readonly SemaphoreSlim _fetches = new(0);

    public TemporaryCredentialTests() => _credential = new TemporaryCredential<string>(
        _ =>
        {
            var answer = new TaskCompletionSource<(string, DateTimeOffset)>(
                TaskCreationOptions.RunContinuationsAsynchronously);
            _asked.Add(answer);
            _fetches.Release();
            return answer.Task;
        },
        "no luck", _time, _failed.Add);

    [Fact]
    public async Task However_many_ask_it_is_fetched_once()
    {
        var (first, second) = (AskAsync(), AskAsync());
        await AnswerAsync("A", TimeSpan.FromHours(1));

        Assert.Equal("A", await first.SoonAsync());
        Assert.Equal("A", await second.SoonAsync());
        Assert.Equal("A", await AskAsync().SoonAsync());
        Assert.Single(_asked);
    }

    [Fact]
    public async Task The_next_one_is_fetched_before_the_end_while_the_old_one_is_handed_out()
    {
        var first = AskAsync();
        await AnswerAsync("A", TimeSpan.FromHours(1));
        await first.SoonAsync();

        _time.Advance(TimeSpan.FromMinutes(54));
        Assert.Equal("A", await AskAsync().SoonAsync());
        Assert.Single(_asked);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("A", await AskAsync().SoonAsync());
        Assert.Equal("A", await AskAsync().SoonAsync());
        await AnswerAsync("B", TimeSpan.FromHours(1));

        await Soon.UntilAsync(
            () => _credential.GetAsync(default) is { IsCompletedSuccessfully: true, Result: "B" });
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task One_that_ends_at_once_is_not_handed_out()
    {
        var first = AskAsync();
        await AnswerAsync("A", TimeSpan.FromHours(1));
        await first.SoonAsync();

        _time.Advance(TimeSpan.FromHours(1) - TemporaryCredential<string>.Spare);
        var second = AskAsync();
        await AnswerAsync("B", TimeSpan.FromHours(1));

        Assert.Equal("B", await second.SoonAsync());
    }

    [Fact]
    public async Task A_failure_is_told_to_all_who_wait_and_to_those_of_the_next_seconds()
    {
        var first = AskAsync();
        await FailAsync();

        Assert.Equal("no luck", (await Assert.ThrowsAsync<SignInException>(() => first.SoonAsync())).Message);
        await Assert.ThrowsAsync<SignInException>(() => AskAsync().SoonAsync());
        Assert.Single(_asked);
        Assert.Equal("broken", Assert.Single(_failed).Message);

        _time.Advance(TemporaryCredential<string>.Rest);
        var second = AskAsync();
        await AnswerAsync("A", TimeSpan.FromHours(1));
        Assert.Equal("A", await second.SoonAsync());
    }

    [Fact]
    public async Task A_failure_ahead_of_the_end_costs_nobody_anything()
    {
        var first = AskAsync();
        await AnswerAsync("A", TimeSpan.FromHours(1));
        await first.SoonAsync();

        _time.Advance(TimeSpan.FromMinutes(56));
        Assert.Equal("A", await AskAsync().SoonAsync());
        await FailAsync();

        Assert.Equal("A", await AskAsync().SoonAsync());
    }

    [Fact]
    public async Task Who_leaves_does_not_take_the_fetch_along()
    {
        using var leaving = new CancellationTokenSource();
        var leaver = _credential.GetAsync(leaving.Token).AsTask();
        var stayer = AskAsync();

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaver.SoonAsync());
        await AnswerAsync("A", TimeSpan.FromHours(1));

        Assert.Equal("A", await stayer.SoonAsync());
    }

    [Fact]
    public async Task A_fetch_that_takes_too_long_is_given_up()
    {
        var first = AskAsync();
        await _fetches.WaitAsync().SoonAsync();

        _time.Advance(TemporaryCredential<string>.Patience);

        await Assert.ThrowsAsync<SignInException>(() => first.SoonAsync());
    }

    private Task<string> AskAsync() => _credential.GetAsync(CancellationToken.None).AsTask();

    private async Task AnswerAsync(string value, TimeSpan life)
    {
        await _fetches.WaitAsync().SoonAsync();
        _asked[^1].SetResult((value, _time.GetUtcNow() + life));
    }

    private async Task FailAsync()
    {
        await _fetches.WaitAsync().SoonAsync();
        var before = _failed.Count;
        _asked[^1].SetException(new InvalidOperationException("broken"));
        await Soon.UntilAsync(() => _failed.Count > before);
    }
}
