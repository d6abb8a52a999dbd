using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.SignIn;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// The only code that sends HTTP to a provider. One call is one attempt: a request, and whatever comes back, up to a
/// whole answer or a stream's first token. Follows no redirects, keeps no cookies, asks for no compression.
/// </summary>
internal sealed class ProviderClient : IDisposable
{
    private static readonly HttpRequestOptionsKey<TimeSpan> ConnectTimeout = new("holdfast.connect-timeout");

    private readonly HttpMessageInvoker _http;
    private readonly TimeProvider _time;
    private readonly ProviderClientOptions _options;

    public ProviderClient(TimeProvider time, ProviderClientOptions options)
    {
        _time = time;
        _options = options;
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = System.Net.DecompressionMethods.None,
            PooledConnectionLifetime = options.ConnectionLifetime,
            PooledConnectionIdleTimeout = options.ConnectionIdleTimeout,
            ActivityHeadersPropagator = null,
            MaxResponseHeadersLength = 64,
            MaxResponseDrainSize = 0,
            ConnectCallback = ConnectAsync,
        });
    }

    public ProviderClientOptions Options => _options;

    /// <summary>Sends one request. Everything that can go wrong at the provider comes back as a fault.</summary>
    /// <param name="call">The call.</param>
    /// <param name="provider">Where it goes.</param>
    /// <param name="model">The model's name there.</param>
    /// <param name="key">The key to use; null without one.</param>
    /// <param name="connectTimeout">The limit for a new connection; zero or less: none.</param>
    /// <param name="clock">The attempt's limits.</param>
    /// <param name="span">What the provider is told as its parent in the trace; null while nobody traces.</param>
    /// <exception cref="UnsupportedFieldException">The provider cannot do what is asked; nothing was sent.</exception>
    /// <exception cref="BadHttpRequestException">The caller's body, on its way there, is not what it should be.
    /// </exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<AttemptResult> AttemptAsync(
        CallRequest call, Provider provider, string model, ApiKey? key, TimeSpan connectTimeout, AttemptClock clock,
        Activity? span = null)
    {
        if (clock.Token.IsCancellationRequested)
        {
            // Nobody waits any more, and the call's body may be somebody else's memory already.
            return Faults.Struck(clock.Struck);
        }

        var startedAt = _time.GetTimestamp();
        using var body = new PooledBuffer(call.Body.Length + 256);
        using var request = ProviderRequest.Of(call, provider, model, key, body, span);
        request.Options.Set(ConnectTimeout, connectTimeout);

        var writing = _time.GetElapsedTime(startedAt);
        if (key is null && await SignAsync(provider, request, body.WrittenMemory, clock) is { } unsigned)
        {
            return unsigned;
        }

        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, clock.Token);
        }
        catch (HttpRequestException exception)
        {
            return request.Content is PassedContent { Fault: { } callers }
                ? throw callers
                : Faults.Sending(exception);
        }
        catch (OperationCanceledException)
        {
            // Who waits for its caller's bytes is not slow itself.
            return request.Content is PassedContent { IsWaiting: true } && clock.Struck == TimeoutKind.Attempt
                ? throw new BadHttpRequestException("the body came too slowly", 408)
                : Faults.Struck(clock.Struck);
        }

        var requestId = ServerDelay.First(response.Headers, "x-request-id")
            ?? ServerDelay.First(response.Headers, "request-id")
            ?? ServerDelay.First(response.Headers, "x-amzn-requestid");
        // Moments are by the provider's clock, which ours may be seconds off.
        var limits = RateLimitHeaders.Read(response.Headers, response.Headers.Date ?? _time.GetUtcNow());
        var result = (await ReceiveAsync(call, provider, model, response, clock)).Under(provider.Options.Errors);
        return result with { RequestId = requestId, OwnTime = result.OwnTime + writing, Limits = limits };
    }

    /// <summary>Asks for something that costs nothing, to see whether somebody is there.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="url">What is asked for.</param>
    /// <param name="key">With which key; null: none.</param>
    /// <param name="expected">Text that the answer must hold; null: it must look like JSON.</param>
    /// <param name="clock">Its limits.</param>
    /// <returns>Null: somebody is there.</returns>
    public async Task<ProviderFault?> ProbeAsync(
        Provider provider, Uri url, ApiKey? key, string? expected, AttemptClock clock)
    {
        using var body = new PooledBuffer();
        return await GetAsync(provider, url, key, body, _options.MaxProbeBytes, clock)
            ?? (IsExpected(body.WrittenSpan, expected)
                ? null
                : new ProviderFault(Outcome.BadAnswer, "the answer is not the one that is expected"));
    }

    /// <summary>Reads what a provider tells for nothing; what goes beyond the limit stays unread.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="url">What is asked for.</param>
    /// <param name="key">With which key; null: none.</param>
    /// <param name="body">Gets the answer.</param>
    /// <param name="limit">So many bytes of it at most.</param>
    /// <param name="clock">The limits of time.</param>
    /// <returns>Null: the answer is there.</returns>
    public async Task<ProviderFault?> GetAsync(
        Provider provider, Uri url, ApiKey? key, PooledBuffer body, int limit, AttemptClock clock)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Options.Set(ConnectTimeout, provider.Options.Timeouts.Connect);
        provider.WriteHeaders(ProbeCall.Of(""), key, request.Headers);
        request.Headers.TryAddWithoutValidation("accept", "application/json, */*");
        request.Headers.TryAddWithoutValidation("user-agent", ProviderRequest.UserAgent);
        if (key is null && await SignAsync(provider, request, default, clock) is { } unsigned)
        {
            return unsigned;
        }

        try
        {
            using var response = await _http.SendAsync(request, clock.Token);
            if (!response.IsSuccessStatusCode)
            {
                return await ReadErrorAsync(provider, response, clock);
            }

            await ReadBodyAsync(response, body, limit, clock);
            return null;
        }
        catch (HttpRequestException exception)
        {
            return Faults.Sending(exception);
        }
        catch (OperationCanceledException)
        {
            return Faults.Struck(clock.Struck);
        }
        catch (IOException)
        {
            return new ProviderFault(Outcome.BadAnswer, "the connection was cut inside the answer");
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Null, or why there is no authorization.</summary>
    private static async ValueTask<ProviderFault?> SignAsync(
        Provider provider, HttpRequestMessage request, ReadOnlyMemory<byte> body, AttemptClock clock)
    {
        try
        {
            if (provider.Keys.SignIn is { } signIn)
            {
                await signIn.SignAsync(request, body, clock.Token);
            }

            return null;
        }
        catch (SignInException none)
        {
            return new ProviderFault(Outcome.Auth, none.Message);
        }
        catch (OperationCanceledException)
        {
            return Faults.Struck(clock.Struck);
        }
    }

    // Whatever stands before a provider may answer in its place, with a page and a 200.
    private static bool IsExpected(ReadOnlySpan<byte> body, string? expected) => expected is null
        ? body.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..]
        : body.IndexOf(Encoding.UTF8.GetBytes(expected)) >= 0;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<AttemptResult> ReceiveAsync(
        CallRequest call, Provider provider, string model, HttpResponseMessage response, AttemptClock clock)
    {
        var keep = false;
        try
        {
            if (!response.IsSuccessStatusCode)
            {
                return Faults.As(await ReadErrorAsync(provider, response, clock), call);
            }

            if (response.Content.Headers.ContentEncoding.Any(encoding => encoding != "identity"))
            {
                return new ProviderFault(Outcome.BadAnswer, "the answer is compressed though nobody asked for it");
            }

            if (call.Passed is not null)
            {
                var passed = await PassedAsync(response, clock);
                keep = passed.Stream is not null;
                return passed;
            }

            var dialect = provider.DialectFor(call);
            var context = new AnswerContext(call, model, _time.GetUtcNow().ToUnixTimeSeconds());
            if (!call.Stream || !MayBeStream(response.Content.Headers.ContentType, dialect.Streams))
            {
                return await ReadWholeAsync(context, dialect, response, clock);
            }

            var bytes = await response.Content.ReadAsStreamAsync(clock.Token);
            var stream = new ProviderStream(
                response, bytes, dialect.OpenStream(context), dialect.Streams.OpenParser(), clock, _options, _time);
            if (await stream.OpenAsync() is { } broken)
            {
                stream.Dispose();
                return broken;
            }

            keep = true;
            return stream;
        }
        catch (OperationCanceledException)
        {
            return Faults.Struck(clock.Struck);
        }
        catch (Exception cut) when (cut is IOException or HttpRequestException)
        {
            return new ProviderFault(Outcome.BadAnswer, "the connection was cut inside the answer");
        }
        finally
        {
            if (!keep)
            {
                response.Dispose();
            }
        }
    }

    private async ValueTask<AttemptResult> PassedAsync(HttpResponseMessage response, AttemptClock clock)
    {
        var content = response.Content.Headers;
        if (content.ContentType?.MediaType?.Equals("text/html", StringComparison.OrdinalIgnoreCase) == true)
        {
            return new ProviderFault(Outcome.BadAnswer, "the answer is a page of HTML");
        }

        var bytes = await response.Content.ReadAsStreamAsync(clock.Token);
        var parser = StreamFormat.ServerSentEvents.OpenParser();
        var stream = new ProviderStream(response, bytes, UnreadStream.Instance, parser, clock, _options, _time)
        {
            Head = new AnswerHead((int)response.StatusCode, content.ContentType?.ToString(), content.ContentLength),
        };
        await stream.OpenAsync();
        return stream;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<AttemptResult> ReadWholeAsync(
        AnswerContext context, IProvider dialect, HttpResponseMessage response, AttemptClock clock)
    {
        var length = response.Content.Headers.ContentLength ?? 0;
        var received = new PooledBuffer((int)Math.Clamp(length + 1, 1024, _options.MaxAnswerBytes));
        var translated = new PooledBuffer(256);
        var keep = false;
        try
        {
            if (!await ReadBodyAsync(response, received, _options.MaxAnswerBytes, clock))
            {
                return new ProviderFault(Outcome.BadAnswer,
                    $"the answer is larger than {_options.MaxAnswerBytes} bytes");
            }

            var readAt = _time.GetTimestamp();
            var answer = dialect.ReadAnswer(context, received.WrittenMemory, translated);
            if (answer.Fault is { } fault)
            {
                return fault;
            }

            if (context.Call.Stream)
            {
                return new ProviderFault(Outcome.BadAnswer, "a stream was asked for, and the answer is none");
            }

            keep = true;
            AttemptResult result = new WholeAnswer(answer.Body, answer.Usage, received, translated);
            return result with { OwnTime = _time.GetElapsedTime(readAt) };
        }
        finally
        {
            if (!keep)
            {
                received.Dispose();
                translated.Dispose();
            }
        }
    }

    private async Task<ProviderFault> ReadErrorAsync(
        Provider provider, HttpResponseMessage response, AttemptClock clock)
    {
        using var body = new PooledBuffer();
        try
        {
            await ReadBodyAsync(response, body, _options.MaxErrorBytes, clock);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException
            || (broken is OperationCanceledException && clock.Struck != TimeoutKind.None))
        {
            // The status has come; it says enough even when the body doesn't follow.
        }

        var fault = provider.Dialect.ReadError(
            (int)response.StatusCode, body.WrittenSpan, ServerDelay.First(response.Headers, "x-amzn-errortype"));
        var delay = ServerDelay.Read(response.Headers, _time.GetUtcNow());
        return fault with
        {
            RetryAfter = delay > fault.RetryAfter || fault.RetryAfter is null ? delay : fault.RetryAfter,
            ShouldRetry = ServerDelay.ShouldRetry(response.Headers),
        };
    }

    /// <summary>False when the body is longer than <paramref name="limit"/>; what fits has been read.</summary>
    private static async Task<bool> ReadBodyAsync(
        HttpResponseMessage response, PooledBuffer into, int limit, AttemptClock clock)
    {
        var stream = await response.Content.ReadAsStreamAsync(clock.Token);
        await using var _ = stream;
        while (into.Length <= limit)
        {
            var read = await stream.ReadAsync(into.GetMemory(1024), clock.Token);
            if (read == 0)
            {
                return true;
            }

            into.Advance(read);
        }

        return false;
    }

    /// <summary>
    /// Some servers stream without a type, or as plain text or bytes; HTML and JSON are never a stream.
    /// </summary>
    private static bool MayBeStream(MediaTypeHeaderValue? type, StreamFormat format) =>
        type?.MediaType?.ToLowerInvariant() is var name
        && (name is null or "text/plain" or "application/octet-stream" || name == format.MediaType);

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var timeout = context.InitialRequestMessage.Options.TryGetValue(ConnectTimeout, out var given)
            ? given
            : TimeSpan.Zero;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var limit = timeout > TimeSpan.Zero
                ? new CancellationTokenSource(timeout, _time)
                : new CancellationTokenSource();
            using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
            try
            {
                await socket.ConnectAsync(context.DnsEndPoint, both.Token);
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested)
            {
                throw new TimeoutException("connect");
            }

            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
