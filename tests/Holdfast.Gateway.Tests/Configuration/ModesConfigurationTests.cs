using Holdfast.Gateway.Modes;
using static Holdfast.Gateway.Tests.Configuration.ConfigurationText;

namespace Holdfast.Gateway.Tests.Configuration;

/// <summary><c>modes</c>: when the gateway is degraded, and what it then holds back.</summary>
public sealed class ModesConfigurationTests
{
    [Fact]
    public void Every_key_is_read() => Assert.Equal(
        new OperationModeOptions
        {
            Automatic = false, HighForEmergency = 1, DegradedReserve = 0.5, HistorySize = 7,
        },
        Options("""
            modes: { automatic: false, highForEmergency: 1, degradedReserve: 0.5, historySize: 7 }
            providers: { o: { type: ollama } }
            """).Modes);

    [Fact]
    public void Without_a_section_the_health_of_providers_makes_the_mode() =>
        Assert.Equal(new OperationModeOptions(), Options("providers: { o: { type: ollama } }").Modes);

    [Theory]
    [InlineData("automatic: 1", "automatic: '1' is not true or false")]
    [InlineData("highForEmergency: -1", "highForEmergency: '-1' is not a whole number from 0 to 10000")]
    [InlineData("degradedReserve: 1.5", "degradedReserve: '1.5' is not a number from 0 to 1")]
    [InlineData("historySize: 0", "historySize: '0' is not a whole number from 1 to 100000")]
    public void A_wrong_value_is_named(string written, string problem) => Assert.Equal(
        $"holdfast.yaml:1: modes.{problem}", Error("modes: { " + written + " }\nproviders: { o: { type: ollama } }"));
}
