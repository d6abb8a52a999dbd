using Holdfast.Gateway.Observability;
using Holdfast.Gateway.Tests.Calls;
using Microsoft.Extensions.Logging;

namespace Holdfast.Gateway.Tests.Observability;

public sealed class OtlpExportTests
{
    [Fact]
    public void What_the_exporter_refuses_turns_the_signals_off_and_leaves_the_gateway()
    {
        var environment = new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "https://127.0.0.1:1",
            ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-token=secret",
            // A file that is there and no certificate.
            ["OTEL_EXPORTER_OTLP_CERTIFICATE"] = typeof(OtlpExportTests).Assembly.Location,
        };
        var log = new CapturedLog<OtlpExport>();

        using var export = new OtlpExport(environment.GetValueOrDefault, new ManualTimeProvider(), log);

        Assert.False(export.ExportsTraces || export.ExportsMetrics);
        Assert.Equal([LogLevel.Error, LogLevel.Error], log.Lines.Select(line => line.Level));
        Assert.All(log.Lines, line => Assert.DoesNotContain("secret", line.Text, StringComparison.Ordinal));
    }
}
