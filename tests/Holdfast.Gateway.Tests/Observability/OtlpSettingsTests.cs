using Holdfast.Gateway.Observability;

namespace Holdfast.Gateway.Tests.Observability;

public sealed class OtlpSettingsTests
{
    private const string All = "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318";

    [Theory]
    [InlineData("")]
    [InlineData(All + ";OTEL_SDK_DISABLED=true")]
    [InlineData(All + ";OTEL_TRACES_EXPORTER=none")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://c:4318/v1/metrics")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=")]
    public void Nothing_is_exported_where_no_address_is_given_or_somebody_says_so(string variables)
    {
        Assert.Null(Read(variables, out var problem));
        Assert.Null(problem);
    }

    [Theory]
    [InlineData(All, "http://c:4318/v1/traces", false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c/otlp/", "http://c/otlp/v1/traces", false)]
    [InlineData(All + ";OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "http://c:4318/", true)]
    [InlineData(All + ";OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=grpc", "http://c:4318/", true)]
    [InlineData(All + ";OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://own/x", "https://own/x", false)]
    public void The_signals_own_address_is_taken_as_it_is_and_the_one_for_all_gets_its_path(
        string variables, string endpoint, bool isGrpc)
    {
        var settings = Read(variables, out _)!;

        Assert.Equal((endpoint, isGrpc), (settings.Endpoint.ToString(), settings.IsGrpc));
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317", "OTEL_EXPORTER_OTLP_ENDPOINT")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=nowhere", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")]
    [InlineData(All + ";OTEL_EXPORTER_OTLP_PROTOCOL=http/json", "OTEL_EXPORTER_OTLP_PROTOCOL")]
    public void What_cannot_be_obeyed_is_said_with_the_variables_name(string variables, string name)
    {
        Assert.Null(Read(variables, out var problem));
        Assert.StartsWith(name + ": must be ", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signals_own_headers_and_time_limit_come_before_those_for_all()
    {
        var settings = Read(All + ";OTEL_EXPORTER_OTLP_HEADERS=a=1;OTEL_EXPORTER_OTLP_TRACES_HEADERS=a=2"
            + ";OTEL_EXPORTER_OTLP_TIMEOUT=7;OTEL_EXPORTER_OTLP_METRICS_TIMEOUT=8", out _)!;

        Assert.Equal(("a=2", "7"), (settings.Configuration["OTEL_EXPORTER_OTLP_HEADERS"],
            settings.Configuration["OTEL_EXPORTER_OTLP_TIMEOUT"]));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(";OTEL_SERVICE_NAME=edge", true)]
    [InlineData(";OTEL_RESOURCE_ATTRIBUTES=a=b,service.name=edge", true)]
    public void The_services_name_may_be_given(string more, bool isGiven) =>
        Assert.Equal(isGiven, Read(All + more, out _)!.NamesService);

    private static OtlpSettings? Read(string variables, out string? problem)
    {
        var environment = variables.Split(';', StringSplitOptions.RemoveEmptyEntries)
            .ToDictionary(pair => pair[..pair.IndexOf('=')], pair => pair[(pair.IndexOf('=') + 1)..]);
        return OtlpSettings.Read(OtlpSignal.Traces, environment.GetValueOrDefault, out problem);
    }
}
