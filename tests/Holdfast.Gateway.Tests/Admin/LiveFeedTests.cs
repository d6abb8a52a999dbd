using System.Text;
using Holdfast.Gateway.Admin;

namespace Holdfast.Gateway.Tests.Admin;

/// <summary>What is kept for watchers, and what they find when they come back.</summary>
public sealed class LiveFeedTests
{
    private readonly LiveFeed _feed = new(new ManualTimeProvider());

    [Fact]
    public void A_watcher_gets_what_comes_from_then_on_in_order()
    {
        Publish(1);
        var place = _feed.Begin(null, out var isLost);

        Publish(2);

        Assert.False(isLost);
        Assert.Equal([(2L, "health"), (3L, "health")], Read(ref place).Select(one => (one.Number, one.Name)));
        Assert.Empty(Read(ref place));
    }

    [Fact]
    public void A_watcher_that_comes_back_goes_on_behind_the_last_event_it_has()
    {
        Publish(3);

        var place = _feed.Begin(_feed.IdOf(1), out var isLost);

        Assert.False(isLost);
        Assert.Equal([2L, 3L], Read(ref place).Select(one => one.Number));
    }

    [Fact]
    public void A_watcher_that_is_too_slow_gets_the_newest_and_the_number_that_it_missed()
    {
        var place = _feed.Begin(null, out _);
        Publish(LiveFeed.Kept + 40);

        var read = _feed.Read(ref place, out var missed);

        Assert.Equal((40, LiveFeed.Kept, 41), (missed, read.Count, read[0].Number));
        Publish(1);
        Assert.Single(_feed.Read(ref place, out missed));
        Assert.Equal(0, missed);
    }

    [Fact]
    public void A_watcher_that_was_away_too_long_gets_the_number_that_it_missed()
    {
        Publish(LiveFeed.Kept + 40);

        var place = _feed.Begin(_feed.IdOf(10), out var isLost);
        var read = _feed.Read(ref place, out var missed);

        Assert.False(isLost);
        Assert.Equal((30, 41), (missed, read[0].Number));
    }

    [Theory]
    [InlineData("1f-3")]
    [InlineData("3")]
    [InlineData("")]
    [InlineData("-")]
    public void Nobody_knows_what_a_watcher_missed_whose_event_is_of_another_process(string id)
    {
        Publish(5);

        var place = _feed.Begin(id, out var isLost);

        Assert.True(isLost);
        Assert.Equal(5, Read(ref place).Count);
    }

    [Fact]
    public void An_event_that_was_never_told_is_nobodys_last()
    {
        Publish(1);

        _feed.Begin(_feed.IdOf(2), out var isLost);

        Assert.True(isLost);
    }

    [Fact]
    public void More_watchers_than_allowed_are_turned_away_until_one_leaves()
    {
        for (var i = 0; i < LiveFeed.MostWatchers; i++)
        {
            Assert.True(_feed.TryEnter());
        }

        Assert.False(_feed.TryEnter());
        _feed.Leave();
        Assert.True(_feed.TryEnter());
    }

    [Fact]
    public async Task Whoever_waits_hears_of_more_and_of_the_end()
    {
        var more = _feed.More;
        Publish(1);
        await more.SoonAsync();
        var end = _feed.More;
        Assert.False(end.IsCompleted);

        _feed.Close();

        await end.SoonAsync();
        await _feed.More.SoonAsync();
        Assert.True(_feed.IsClosed);
    }

    [Fact]
    public async Task Many_publish_while_many_read_and_nothing_is_lost_or_twice()
    {
        const int publishers = 4, each = 5_000;
        var places = Enumerable.Range(0, 4).Select(_ => _feed.Begin(null, out var _)).ToArray();
        using var done = new CancellationTokenSource();
        var readers = places.Select(place => Task.Run(async () =>
        {
            long seen = 0, dropped = 0, last = place - 1;
            while (true)
            {
                var more = _feed.More;
                var isLast = _feed.IsClosed;
                foreach (var one in _feed.Read(ref place, out var missed))
                {
                    dropped += missed;
                    Assert.Equal(last + missed + 1, one.Number);
                    (last, missed) = (one.Number, 0);
                    seen++;
                }

                if (isLast)
                {
                    return seen + dropped;
                }

                await more.SoonAsync();
            }
        })).ToArray();

        await Task.WhenAll(Enumerable.Range(0, publishers).Select(_ => Task.Run(() => Publish(each)))).SoonAsync();
        _feed.Close();

        Assert.All(await Task.WhenAll(readers).SoonAsync(), seen => Assert.Equal(publishers * each, seen));
    }

    private void Publish(int times)
    {
        for (var i = 0; i < times; i++)
        {
            _feed.Publish("health", Encoding.UTF8.GetBytes("{}"));
        }
    }

    private IReadOnlyList<LiveEvent> Read(ref long place)
    {
        var read = _feed.Read(ref place, out var missed);
        Assert.Equal(0, missed);
        return read;
    }
}
