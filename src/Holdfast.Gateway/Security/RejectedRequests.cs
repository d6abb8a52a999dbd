using System.Diagnostics;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Holdfast.Gateway.Security;

/// <summary>
/// Gives an error body to requests that the server rejects before anything of the gateway sees them: an escaped zero
/// in the path, headers that are none. On its own the server answers with a bare status and closes.
/// </summary>
internal sealed class RejectedRequests : IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private const string Rejected = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    private readonly RefuseAsync _refuse;
    private readonly IDisposable _subscription;

    public RejectedRequests(DiagnosticListener server, RefuseAsync refuse)
    {
        _refuse = refuse;
        // Whatever else the server tells of, each call would pay for.
        _subscription = server.Subscribe(this, static name => name == Rejected);
    }

    public void OnNext(KeyValuePair<string, object?> told)
    {
        if (told.Key == Rejected && told.Value is IFeatureCollection features
            && features.Get<IBadRequestExceptionFeature>()?.Error is BadHttpRequestException bad)
        {
            _ = AnswerAsync(features, bad);
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    public void Dispose() => _subscription.Dispose();

    /// <summary>
    /// There is no body to write to yet, so the answer is made elsewhere, the server sends its head, and what follows
    /// goes to the connection itself. The server adds nothing to an answer that has begun, and closes.
    /// </summary>
    private async Task AnswerAsync(IFeatureCollection features, BadHttpRequestException bad)
    {
        if (features.Get<IHttpRequestFeature>() is not { } request
            || features.Get<IHttpResponseFeature>() is not { HasStarted: false } response
            || features.Get<IHttpResponseBodyFeature>() is not { } sending
            || features.Get<IConnectionTransportFeature>() is not { } connection
            || request.Protocol is not ("" or "HTTP/1.0" or "HTTP/1.1"))
        {
            return;
        }

        try
        {
            using var body = new MemoryStream();
            var http = new DefaultHttpContext { TraceIdentifier = FrontDoor.NewRequestId() };
            http.Request.Method = request.Method;
            http.Request.Path = PathOf(request.RawTarget);
            http.Response.Body = body;
            await _refuse(http, FrontDoor.OfBadRequest(bad));

            response.StatusCode = http.Response.StatusCode;
            foreach (var (name, value) in http.Response.Headers)
            {
                response.Headers[name] = value;
            }

            response.Headers[FrontDoor.RequestIdHeader] = http.TraceIdentifier;
            response.Headers.Connection = "close";
            await sending.StartAsync();
            await connection.Transport.Output.WriteAsync(body.ToArray());
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or InvalidOperationException)
        {
            // Who sends no HTTP may not wait for an answer either, and the connection ends with its caller.
        }
    }

    // Only to choose the error's shape: as it came, because that it cannot be decoded may be what is wrong with it.
    private static PathString PathOf(string? target) =>
        target is ['/', ..] ? new PathString(target.Split('?', 2)[0]) : PathString.Empty;
}
