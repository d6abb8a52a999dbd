using System.Diagnostics.Metrics;
using System.Text;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Observability;

namespace Holdfast.Gateway.Tests.Observability;

public sealed class PrometheusPageTests : IDisposable
{
    private readonly GatewayMeter _meter = new();
    private readonly PrometheusPage _page;

    public PrometheusPageTests() => _page = new PrometheusPage(_meter);

    [Fact]
    public void A_counter_is_written_with_its_help_and_type()
    {
        var counter = _meter.Meter.CreateCounter<long>("calls_total", null, "Calls so far");

        counter.Add(2, Tag("b", "x"), Tag("a", "y"));
        counter.Add(3, Tag("b", "x"), Tag("a", "y"));
        counter.Add(1, Tag("b", "w"), Tag("a", "y"));

        Assert.Equal("""
            # HELP calls_total Calls so far
            # TYPE calls_total counter
            calls_total{b="w",a="y"} 1
            calls_total{b="x",a="y"} 5

            """.ReplaceLineEndings("\n"), Page());
    }

    [Fact]
    public void A_series_without_labels_has_no_braces()
    {
        _meter.Meter.CreateCounter<double>("x_total", null, "x").Add(0.5);

        Assert.EndsWith("\nx_total 0.5\n", Page());
    }

    [Fact]
    public void A_labels_value_is_escaped()
    {
        _meter.Meter.CreateCounter<long>("x_total", null, "x").Add(1, Tag("a", "q\" b\\ n\nü"));

        Assert.EndsWith("\nx_total{a=\"q\\\" b\\\\ n\\nü\"} 1\n", Page());
    }

    [Fact]
    public void A_histograms_buckets_are_cumulative_and_include_their_bound()
    {
        var histogram = _meter.CallHistogram("t_seconds", "Time");

        foreach (var seconds in new[] { 0.001, 0.002, 0.25, 700 })
        {
            histogram.Record(seconds, Tag("m", "x"));
        }

        var lines = Page().Split('\n');
        Assert.Equal("# TYPE t_seconds histogram", lines[1]);
        Assert.Equal("t_seconds_bucket{m=\"x\",le=\"0.001\"} 1", lines[2]);
        Assert.Equal("t_seconds_bucket{m=\"x\",le=\"0.0025\"} 2", lines[3]);
        Assert.Contains("t_seconds_bucket{m=\"x\",le=\"0.1\"} 2", lines);
        Assert.Contains("t_seconds_bucket{m=\"x\",le=\"0.25\"} 3", lines);
        Assert.Contains("t_seconds_bucket{m=\"x\",le=\"600\"} 3", lines);
        Assert.Equal(
            ["t_seconds_bucket{m=\"x\",le=\"+Inf\"} 4", "t_seconds_sum{m=\"x\"} 700.253", "t_seconds_count{m=\"x\"} 4"],
            lines[^4..^1]);
    }

    [Fact]
    public void A_gauge_is_asked_anew_each_time_and_a_series_that_is_gone_leaves_no_trace()
    {
        List<Measurement<long>> now = [new(1, Tag("p", "a")), new(2, Tag("p", "b"))];
        _meter.Meter.CreateObservableGauge("state", () => now, null, "State");
        Assert.EndsWith("# TYPE state gauge\nstate{p=\"a\"} 1\nstate{p=\"b\"} 2\n", Page());

        now = [new(0, Tag("p", "b"))];

        Assert.EndsWith("# TYPE state gauge\nstate{p=\"b\"} 0\n", Page());
    }

    [Fact]
    public void An_observed_counter_shows_the_total_and_not_the_sum_of_totals()
    {
        _meter.Meter.CreateObservableCounter("seen_total", () => 7L, null, "Seen");
        Page();

        Assert.EndsWith("# TYPE seen_total counter\nseen_total 7\n", Page());
    }

    [Fact]
    public void Families_stand_in_the_order_of_their_names()
    {
        _meter.Meter.CreateCounter<long>("b_total", null, "b").Add(1);
        _meter.Meter.CreateCounter<long>("a_total", null, "a").Add(1);

        Assert.Matches("(?s)a_total 1.*b_total 1", Page());
    }

    [Fact]
    public void Another_gateways_meter_is_not_heard()
    {
        using var other = new GatewayMeter();

        other.Meter.CreateCounter<long>("x_total", null, "x").Add(1);

        Assert.Empty(Page());
    }

    [Fact]
    public async Task Counting_from_many_threads_loses_nothing()
    {
        var counter = _meter.Meter.CreateCounter<double>("x_total", null, "x");

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                counter.Add(1, Tag("a", "b"));
            }
        })));

        Assert.EndsWith("x_total{a=\"b\"} 40000\n", Page());
    }

    public void Dispose()
    {
        _page.Dispose();
        _meter.Dispose();
    }

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private string Page()
    {
        using var output = new PooledBuffer();
        _page.Write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
