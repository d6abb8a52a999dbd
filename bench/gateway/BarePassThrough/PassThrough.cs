using System.Buffers;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Bench.BarePassThrough;

/// <summary>
/// The least that Kestrel and SocketsHttpHandler need to hand a call on: the request's body is read whole and sent,
/// status, content type and body come back as they arrive. The yardstick for the gateway, which does this and more.
/// </summary>
internal sealed class PassThrough : IAsyncDisposable
{
    private const int ReadSize = 4096;

    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly WebApplication _app;
    private readonly Uri _upstream;
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = System.Net.DecompressionMethods.None,
        ActivityHeadersPropagator = null,
    });

    private PassThrough(string url, Uri upstream)
    {
        _upstream = upstream;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(url).ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    public string Url => _app.Urls.First();

    public static async Task<PassThrough> StartAsync(string url, Uri upstream)
    {
        var passThrough = new PassThrough(url, upstream);
        await passThrough._app.StartAsync();
        return passThrough;
    }

    public Task WaitForShutdownAsync(CancellationToken cancellation) =>
        Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task HandleAsync(HttpContext http)
    {
        var length = (int)(http.Request.ContentLength ?? throw new BadHttpRequestException("no content length"));
        var body = ArrayPool<byte>.Shared.Rent(Math.Max(length, 1));
        try
        {
            await http.Request.Body.ReadExactlyAsync(body.AsMemory(0, length), http.RequestAborted);
            using var request = new HttpRequestMessage(HttpMethod.Post, _upstream);
            request.Content = new ReadOnlyMemoryContent(body.AsMemory(0, length));
            request.Content.Headers.ContentType = Json;
            using var response = await _http.SendAsync(request, http.RequestAborted);
            await CopyAsync(response, http);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
        }
    }

    private static async Task CopyAsync(HttpResponseMessage response, HttpContext http)
    {
        http.Response.StatusCode = (int)response.StatusCode;
        http.Response.ContentType = response.Content.Headers.ContentType?.ToString();
        http.Response.ContentLength = response.Content.Headers.ContentLength;
        await using var from = await response.Content.ReadAsStreamAsync(http.RequestAborted);
        var to = http.Response.BodyWriter;
        while (true)
        {
            var read = await from.ReadAsync(to.GetMemory(ReadSize), http.RequestAborted);
            if (read == 0)
            {
                return;
            }

            to.Advance(read);
            await to.FlushAsync(http.RequestAborted);
        }
    }
}
