using Holdfast.Admission;
using Holdfast.Gateway.Calls;
using static Holdfast.Gateway.Tests.Configuration.ConfigurationText;

namespace Holdfast.Gateway.Tests.Configuration;

/// <summary><c>queue</c> at every level, and <c>limits</c>.</summary>
public sealed class QueueConfigurationTests
{
    private const string Provider = "providers: { o: { type: ollama } }\n";

    [Fact]
    public void By_default_the_gateway_limits_nothing_and_a_line_holds_a_thousand_for_thirty_seconds()
    {
        var options = Options(Provider + "models: { m: { targets: [o/m] } }");

        Assert.Equal((CallLimits.None, CallLimits.None), (options.Limits, options.Models[0].Targets[0].Queue));
        Assert.Equal((0, 1000, 0d, TimeSpan.FromSeconds(30)), (CallLimits.None.MaxConcurrency,
            CallLimits.None.MaxQueueSize, CallLimits.None.ThrottleRate, CallLimits.None.Timeout));
    }

    [Fact]
    public void Limits_are_inherited_key_by_key()
    {
        var options = Options("""
            defaults: { queue: { maxConcurrency: 1, maxQueueSize: 2, throttleRate: 3.5, timeout: 4s } }
            providers: { o: { type: ollama, queue: { maxConcurrency: 10 } } }
            models:
              m:
                queue: { maxQueueSize: 20 }
                targets: [{ provider: o, model: x, queue: { timeout: 40s } }, o/y]
            """);

        var expected = new AdmissionOptions
        {
            MaxConcurrency = 10, MaxQueueSize = 20, ThrottleRate = 3.5, Timeout = TimeSpan.FromSeconds(40),
        };
        Assert.Equal(expected, options.Models[0].Targets[0].Queue);
        Assert.Equal(expected with { Timeout = TimeSpan.FromSeconds(4) }, options.Models[0].Targets[1].Queue);
        Assert.Equal(expected with { MaxQueueSize = 2, Timeout = TimeSpan.FromSeconds(4) },
            options.Providers[0].Queue);
    }

    [Fact]
    public void The_whole_gateways_limits_are_read()
    {
        var limits = Options(Provider + "limits: { maxConcurrency: 7, maxQueueSize: 8, throttleRate: 9, timeout: 10s }")
            .Limits;

        Assert.Equal(new AdmissionOptions
        {
            MaxConcurrency = 7, MaxQueueSize = 8, ThrottleRate = 9, Timeout = TimeSpan.FromSeconds(10),
        }, limits);
    }

    [Theory]
    [InlineData("{}", 1, 1000)]
    [InlineData("{ minLimit: 3, maxLimit: 50 }", 3, 50)]
    public void A_limit_is_adaptive_where_it_says_so(string adaptive, int least, int most)
    {
        var queue = Options($"{Provider}models: {{ m: {{ queue: {{ adaptive: {adaptive} }}, targets: [o/m] }} }}")
            .Models[0].Targets[0].Queue;

        Assert.Equal((least, most), (queue.Adaptive!.MinLimit, queue.Adaptive.MaxLimit));
    }

    [Fact]
    public void An_inherited_adaptive_limit_can_be_switched_off()
    {
        var options = Options("""
            defaults: { queue: { maxConcurrency: 5, adaptive: { maxLimit: 9 } } }
            providers: { o: { type: ollama } }
            models:
              m: { targets: [{ provider: o, model: x, queue: { adaptive: { enabled: false } } }, o/y] }
            """);

        Assert.Null(options.Models[0].Targets[0].Queue.Adaptive);
        Assert.Equal(9, options.Models[0].Targets[1].Queue.Adaptive!.MaxLimit);
    }

    [Fact]
    public void Two_routes_that_limit_one_target_differently_are_told_of_each_other() =>
        Assert.Equal("holdfast.yaml:4: models.n.targets[0]: has other queue limits than models.m.targets[0]: o/x has "
            + "one queue for all routes, and of each number the strictest holds", Warning("""
            providers: { o: { type: ollama, queue: { maxConcurrency: 5 } } }
            models:
              m: { targets: [o/x] }
              n: { targets: [o/x], queue: { maxConcurrency: 6 } }
            """));

    [Theory]
    [InlineData("defaults: { queue: { maxConcurrency: -1 } }",
        "defaults.queue.maxConcurrency: '-1' is not a whole number from 0 to 1000000")]
    [InlineData("defaults: { queue: { timeout: 0 } }",
        "defaults.queue.timeout: '0' is not a duration from 1ms to 1d, such as 500ms, 30s, 2m, 1h")]
    [InlineData("defaults: { queue: { throttleRate: 0.0001 } }",
        "defaults.queue.throttleRate: is neither 0 (no limit) nor at least 0.001 calls a second")]
    [InlineData("defaults: { queue: { adaptive: { tolerance: 0.5 } } }",
        "defaults.queue.adaptive.tolerance: '0.5' is not a number from 1 to 10")]
    [InlineData("defaults: { queue: { adaptive: { minLimit: 2000 } } }",
        "defaults.queue.adaptive: minLimit is above maxLimit (1000 when not written): it must not be")]
    [InlineData("defaults: { queue: { workers: 3 } }",
        "defaults.queue.workers: is not known here "
        + "(allowed: adaptive, maxConcurrency, maxQueueSize, throttleRate, timeout)")]
    [InlineData("limits: { adaptive: {} }",
        "limits.adaptive: does not belong here: a target's limit can follow its latency, see queue.adaptive")]
    public void What_is_wrong_is_told_with_its_place(string yaml, string error) =>
        Assert.Equal($"holdfast.yaml:1: {error}", Error(yaml + "\n" + Provider));
}
