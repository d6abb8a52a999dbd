using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;

namespace Holdfast.Cli;

/// <summary>A running gateway, asked with the admin key.</summary>
internal sealed class GatewayConnection : IDisposable
{
    private readonly Uri _url;
    private readonly HttpClient _http;

    public GatewayConnection(Uri url, string adminKey)
    {
        _url = url;
        // The key goes to this address and nowhere else: no proxy, no redirect.
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
        };
        _http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(30) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", adminKey);
    }

    /// <exception cref="RefusedException">There is no answer, or an error.</exception>
    public Task<JsonDocument> GetAsync(string path, CancellationToken cancellation) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(_url, path)), cancellation);

    /// <param name="path">Below the gateway's address.</param>
    /// <param name="json">The body.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="RefusedException">There is no answer, or an error.</exception>
    public Task<JsonDocument> PostAsync(string path, string json, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, path, json, cancellation);

    /// <param name="path">Below the gateway's address.</param>
    /// <param name="json">The body.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="RefusedException">There is no answer, or an error.</exception>
    public Task<JsonDocument> PutAsync(string path, string json, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Put, path, json, cancellation);

    /// <exception cref="RefusedException">There is no answer, or an error.</exception>
    public Task<JsonDocument> DeleteAsync(string path, CancellationToken cancellation) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Delete, new Uri(_url, path)), cancellation);

    public void Dispose() => _http.Dispose();

    private Task<JsonDocument> SendAsync(
        HttpMethod method, string path, string json, CancellationToken cancellation) =>
        SendAsync(new HttpRequestMessage(method, new Uri(_url, path))
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        }, cancellation);

    private async Task<JsonDocument> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using var sent = request;
        try
        {
            using var response = await _http.SendAsync(sent, cancellation);
            var body = await response.Content.ReadAsByteArrayAsync(cancellation);
            return response.IsSuccessStatusCode
                ? JsonDocument.Parse(body)
                : throw new RefusedException(Problem(response.StatusCode, body));
        }
        catch (HttpRequestException wrong)
        {
            throw new RefusedException($"{Address}: the gateway cannot be reached: {wrong.Message}");
        }
        catch (JsonException)
        {
            throw new RefusedException($"{Address}: what answers there is not a Holdfast gateway (no JSON)");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new RefusedException(
                $"{Address}: the gateway doesn't answer within {_http.Timeout.TotalSeconds:0} s");
        }
    }

    private string Address => _url.GetLeftPart(UriPartial.Authority);

    private string Problem(HttpStatusCode status, byte[] body)
    {
        if (status == HttpStatusCode.Unauthorized)
        {
            return $"{Address}: the admin key is not the gateway's (see HOLDFAST_ADMIN_KEY and --key-file)";
        }

        try
        {
            using var problem = JsonDocument.Parse(body);
            if (problem.RootElement.TryGetProperty("detail", out var detail) && detail.GetString() is { } said)
            {
                return HeaderText.IsPrintable(said) ? said : HeaderText.Encode(said);
            }
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            // Not ours, then; the status is all there is to say.
        }

        return $"{Address}: answered with status {(int)status}";
    }
}
