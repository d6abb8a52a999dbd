using static Holdfast.Gateway.Tests.Configuration.Import.ImportedText;

namespace Holdfast.Gateway.Tests.Configuration.Import;

/// <summary>What single keys of the older shapes become.</summary>
public class OlderImportTests
{
    [Fact]
    public void A_plain_number_is_milliseconds_and_a_unit_is_kept()
    {
        var provider = Options("models: { gpt-4o: { circuitBreaker: { timeout: 1500, monitoringPeriod: 3m } } }")
            .Providers[0];

        Assert.Equal(TimeSpan.FromMilliseconds(1500), provider.CircuitBreaker.RecoveryTimeout);
        Assert.Equal(TimeSpan.FromMinutes(3), provider.CircuitBreaker.MonitoringPeriod);
    }

    [Fact]
    public void Different_circuits_are_different_providers()
    {
        var options = Options("""
            models:
              gpt-4o: { circuitBreaker: { failureThreshold: 3 } }
              gpt-4o-mini: { circuitBreaker: { failureThreshold: 9 } }
              gpt-5: { circuitBreaker: { failureThreshold: 3 } }
            """);

        Assert.Equal([3, 9], options.Providers.Select(provider => provider.CircuitBreaker.FailureThreshold));
        Assert.Equal(["openai", "openai-2", "openai"], options.Models.Select(model => model.Targets[0].Provider));
    }

    [Fact]
    public void All_attempts_are_one_more_than_the_repeats() =>
        Assert.Equal(3, Options("models: { gpt-4o: { retry: { maxAttempts: 4 } } }").Models[0].Retry.MaxRetries);

    [Fact]
    public void A_single_fallback_that_does_not_exist_is_reported() =>
        Assert.Contains(Notes(Result("models: { gpt-4o: { fallback: lost } }")),
            note => note.Contains("models.gpt-4o.fallback: dropped: names 'lost'"));

    [Fact]
    public void A_circuit_breaker_that_is_off_never_opens()
    {
        var breaker = Options("models: { gpt-4o: { circuitBreaker: { enabled: false, failureThreshold: 5 } } }")
            .Providers[0].CircuitBreaker;

        Assert.Equal((0, 0, 0), (breaker.FailureThreshold, breaker.WindowThreshold, breaker.FailureRatio));
    }

    [Fact]
    public void Every_key_of_the_source_is_mapped_or_in_the_report()
    {
        var result = Result("""
            reliability:
              backoff: { odd1: 1 }
              circuitBreaker: { odd2: 1 }
              health: { odd3: 1 }
              queue: { odd4: 1 }
              metrics: { odd5: 1 }
              shutdown: { odd6: 1 }
              odd7: 1
            odd8: 1
            """);
        var other = Result("""
            global: { odd9: 1, healthCheck: { odd10: 1 } }
            models:
              gpt-4o: { odd11: 1, retry: { odd12: 1 }, circuitBreaker: { odd13: 1 }, healthCheck: { odd14: 1 } }
              nobody: { odd15: 1 }
            odd16: 1
            """);

        for (var i = 1; i <= 16; i++)
            Assert.Contains(result.Notes.Concat(other.Notes), note => note.Place.EndsWith($"odd{i}"));
    }
}
