using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Holdfast.System.Tests.Observability;

/// <summary>A span as it came over the wire.</summary>
internal sealed record ReceivedSpan(
    string TraceId, string SpanId, string ParentId, string TraceState, string Name, int Kind, int StatusCode,
    string StatusMessage, IReadOnlyDictionary<string, string> Attributes, IReadOnlyList<string> Events,
    string Service)
{
    public const int Server = 2;
    public const int Client = 3;
    public const int Error = 2;

    public string? this[string attribute] => Attributes.GetValueOrDefault(attribute);
}

/// <summary>A collector that takes OTLP over HTTP with protobuf and over gRPC, on two loopback ports.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OtlpReceiver(WebApplication app) => _app = app;

    public ConcurrentQueue<ReceivedSpan> Spans { get; } = [];

    /// <summary>The names of the metrics that came.</summary>
    public ConcurrentDictionary<string, string> Metrics { get; } = [];

    /// <summary>Every body that came, as it was.</summary>
    public ConcurrentQueue<byte[]> Bodies { get; } = [];

    /// <summary>The headers of every request.</summary>
    public ConcurrentQueue<IReadOnlyDictionary<string, string>> Headers { get; } = [];

    /// <summary>Where OTLP over HTTP goes, without a path.</summary>
    public string Http => _app.Urls.First();

    /// <summary>Where OTLP over gRPC goes.</summary>
    public string Grpc => _app.Urls.Last();

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        var receiver = new OtlpReceiver(app);
        app.Run(receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    public IReadOnlyList<ReceivedSpan> Of(string traceId) => [.. Spans.Where(span => span.TraceId == traceId)];

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var copy = new MemoryStream();
        await http.Request.Body.CopyToAsync(copy);
        var isGrpc = http.Request.ContentType == "application/grpc";
        // gRPC puts a flag and a length before the message.
        var body = copy.ToArray()[(isGrpc ? 5 : 0)..];
        Headers.Enqueue(http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()));
        Bodies.Enqueue(body);
        var path = http.Request.Path.Value!;
        if (path is "/v1/traces" or "/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        {
            TakeSpans(new ProtobufReader(body));
        }
        else if (path is "/v1/metrics" or "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")
        {
            TakeMetrics(new ProtobufReader(body));
        }
        else
        {
            http.Response.StatusCode = 404;
            return;
        }

        http.Response.ContentType = isGrpc ? "application/grpc" : "application/x-protobuf";
        if (isGrpc)
        {
            await http.Response.Body.WriteAsync(new byte[5]);
            http.Response.AppendTrailer("grpc-status", "0");
        }
    }

    private void TakeSpans(ProtobufReader request)
    {
        foreach (var resourceSpans in request.Messages(1))
        {
            var service = Attributes(resourceSpans.Message(1)!, 1).GetValueOrDefault("service.name", "");
            foreach (var span in resourceSpans.Messages(2).SelectMany(scope => scope.Messages(2)))
            {
                var status = span.Message(15);
                Spans.Enqueue(new ReceivedSpan(span.Hex(1), span.Hex(2), span.Hex(4), span.Text(3), span.Text(5),
                    (int)span.Number(6), (int)(status?.Number(3) ?? 0), status?.Text(2) ?? "", Attributes(span, 9),
                    [.. span.Messages(11).Select(Event)], service));
            }
        }
    }

    private void TakeMetrics(ProtobufReader request)
    {
        foreach (var metric in request.Messages(1).SelectMany(resource => resource.Messages(2))
            .SelectMany(scope => scope.Messages(2)))
        {
            Metrics[metric.Text(1)] = metric.Text(2);
        }
    }

    private static string Event(ProtobufReader one)
    {
        var attributes = Attributes(one, 3).OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => $"{pair.Key}={pair.Value}");
        return string.Join(' ', [one.Text(2), .. attributes]);
    }

    private static Dictionary<string, string> Attributes(ProtobufReader message, int number) =>
        message.Messages(number).ToDictionary(pair => pair.Text(1), pair => Value(pair.Message(2)!));

    private static string Value(ProtobufReader value) =>
        value.Has(1) ? value.Text(1)
        : value.Has(2) ? (value.Number(2) == 1 ? "true" : "false")
        : value.Has(3) ? value.Number(3).ToString(CultureInfo.InvariantCulture)
        : value.Has(4) ? value.Double(4).ToString(CultureInfo.InvariantCulture)
        : "";
}
