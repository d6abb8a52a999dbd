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
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c/otlp?x=y/", "http://c/otlp/v1/traces?x=y/", false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=https://c/a%2Fb/?x=%26", "https://c/a%2Fb/v1/traces?x=%26", false)]
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

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "Authorization: Bearer x")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "a=1,b")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "a b=1")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "a=1%0d%0ab")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "Bearer")]
    [InlineData("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nonexistent")]
    [InlineData("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/nonexistent")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "abc")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "0")]
    [InlineData("OTEL_EXPORTER_OTLP_COMPRESSION", "brotli")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json")]
    [InlineData("OTEL_RESOURCE_ATTRIBUTES", "production")]
    [InlineData("OTEL_TRACES_SAMPLER", "foo")]
    [InlineData("OTEL_TRACES_SAMPLER_ARG", "1.5")]
    [InlineData("OTEL_BSP_SCHEDULE_DELAY", "5s")]
    [InlineData("OTEL_BSP_MAX_QUEUE_SIZE", "-5")]
    [InlineData("OTEL_BSP_MAX_QUEUE_SIZE", "100")]
    [InlineData("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "abc", OtlpSignal.Metrics)]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "-1", OtlpSignal.Metrics)]
    [InlineData("OTEL_METRICS_EXEMPLAR_FILTER", "some", OtlpSignal.Metrics)]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "none", OtlpSignal.Metrics)]
    public void A_value_that_the_exporter_cannot_use_is_said_with_the_variables_name_and_never_shown(
        string name, string value, object? signal = null)
    {
        Assert.Null(Read($"{All};{name}={value}", out var problem, (OtlpSignal)(signal ?? OtlpSignal.Traces)));
        Assert.StartsWith(name + ": must be ", problem, StringComparison.Ordinal);
        Assert.DoesNotContain(value, problem![(name.Length + 1)..], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer%20x==, b = 2,")]
    [InlineData("OTEL_EXPORTER_OTLP_COMPRESSION=gzip")]
    [InlineData("OTEL_TRACES_SAMPLER=ParentBased_TraceIdRatio;OTEL_TRACES_SAMPLER_ARG=0.25")]
    [InlineData("OTEL_BSP_MAX_QUEUE_SIZE=100;OTEL_BSP_MAX_EXPORT_BATCH_SIZE=100;OTEL_BSP_EXPORT_TIMEOUT=0")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL=abc;OTEL_METRICS_EXEMPLAR_FILTER=some")]
    public void What_the_exporter_can_use_and_what_is_another_signals_is_no_problem(string variables)
    {
        Assert.NotNull(Read($"{All};{variables}", out var problem));
        Assert.Null(problem);
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

    private static OtlpSettings? Read(
        string variables, out string? problem, OtlpSignal signal = OtlpSignal.Traces)
    {
        var environment = variables.Split(';', StringSplitOptions.RemoveEmptyEntries)
            .ToDictionary(pair => pair[..pair.IndexOf('=')], pair => pair[(pair.IndexOf('=') + 1)..]);
        return OtlpSettings.Read(signal, environment.GetValueOrDefault, out problem);
    }
}
