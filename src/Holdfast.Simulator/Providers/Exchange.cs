using System.Net.Sockets;
using System.Text.Json;
using Holdfast.Simulator.Answers;
using Holdfast.Simulator.Anthropic;
using Holdfast.Simulator.Bedrock;
using Holdfast.Simulator.Cohere;
using Holdfast.Simulator.Gemini;
using Holdfast.Simulator.Ollama;
using Holdfast.Simulator.OpenAi;
using Holdfast.Simulator.Responses;
using Holdfast.Simulator.Wire;

namespace Holdfast.Simulator.Providers;

/// <summary>
/// One call to a provider: read, remembered, maybe failed, checked, answered. A count is made before the last bytes
/// leave, so that a client which has its answer also finds it counted.
/// </summary>
internal sealed class Exchange(ProviderState state, HttpContext context, TimeProvider time, string? deployment)
{
    private readonly Flavour _flavour = state.Flavour;

    /// <summary>What the path says, where the call is in Google's own format.</summary>
    public GenerateCall? Generate { private get; init; }

    /// <summary>The format that the path says.</summary>
    public ChatFormat Format { private get; init; }

    /// <summary>It is asked for in the format of OpenAI's Responses API.</summary>
    public bool IsResponse { private get; init; }

    /// <summary>What is asked about an <c>input</c>; null: nothing, it is a chat.</summary>
    public InputWish? Asks { private get; init; }

    /// <summary>What the path says, where the call is Bedrock's own.</summary>
    public ConverseCall? Converse { private get; init; }

    private string _requestId = "";

    public async Task RunAsync()
    {
        state.Counters.Arrived();
        try
        {
            await AnswerAsync();
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or SocketException
            or ObjectDisposedException)
        {
            state.Counters.ClientGone();
            context.Abort();
        }
        finally
        {
            state.Counters.Left();
        }
    }

    /// <summary>Fails as the outage says.</summary>
    public async Task ServeOutageAsync(OutageMode mode)
    {
        state.Counters.Failed("outage");
        switch (mode)
        {
            case OutageMode.Refuse:
                RawResponse.Reset(context);
                break;
            case OutageMode.Silent:
                await Task.Delay(Timeout.InfiniteTimeSpan, time, context.RequestAborted);
                break;
            default:
                await SendAsync(Problem.Of(_flavour, 503));
                break;
        }
    }

    /// <summary>Sends an error answer.</summary>
    public async Task SendAsync(Problem problem)
    {
        using var json = new JsonText();
        ErrorBody.Write(json, _flavour, problem, RequestId());
        if (_flavour.IsAmazon)
        {
            context.Response.Headers[AmazonErrors.Header] =
                AmazonErrors.NameOf(problem) + ":http://internal.amazon.com/coral/com.amazon.bedrock/";
        }

        AnswerHeaders.AddDelay(context.Response.Headers, _flavour, problem, time);
        await SendBodyAsync(problem.Status, _flavour.ErrorContentType, json.Memory);
    }

    /// <summary>What is wrong with the caller's key; null where it is right.</summary>
    public Problem? Refusal()
    {
        var headers = context.Request.Headers;
        return Key() switch
        {
            "" => _flavour.KeyOptional ? null : Problem.NoKey(_flavour),
            "bad-key" => Problem.BadKey(_flavour),
            "quota-key" => _flavour.IsAnthropic ? Problem.CreditTooLow : Problem.Quota(_flavour),
            "limited-key" => Problem.RateLimited(_flavour),
            _ when _flavour.IsAnthropic && headers["anthropic-version"].Count == 0 =>
                new Problem(400, "invalid_request_error", null, "anthropic-version: header is required"),
            _ => null,
        };
    }

    private string Key()
    {
        var headers = context.Request.Headers;
        var key = headers.Authorization.ToString();
        key = key.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? key[7..].Trim() : "";
        return key.Length > 0 || _flavour.KeyHeader.Length == 0 ? key : headers[_flavour.KeyHeader].ToString();
    }

    /// <summary>Sends a body whole.</summary>
    public async Task SendBodyAsync(int status, string contentType, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        context.Response.Headers[_flavour.RequestIdHeader] = RequestId();
        await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }

    private async Task AnswerAsync()
    {
        Prepared prepared;
        var plan = state.Plan;
        Draw draw;
        if (await RequestBody.ReadAsync(context) is not { } body)
        {
            await SendAsync(Problem.Of(_flavour, 413) with { Message = "The request body is larger than 32 MB." });
            return;
        }

        // The body is given back before the answer begins: an open stream holds no request.
        using (body)
        {
            state.Last.Remember(context.Request, body.Memory.Span);
            if (plan.OutageAt(time) is { } outage)
            {
                await ServeOutageAsync(outage.Mode);
                return;
            }

            draw = plan.Next();
            if (draw.Failure is { } failure && await FailedBeforeAnswerAsync(failure))
            {
                return;
            }

            prepared = Prepare(body.Memory, plan);
        }

        if (prepared.Problem is { } problem)
        {
            await SendAsync(problem);
            return;
        }

        await DeliverAsync(prepared, plan, draw);
    }

    private async Task DeliverAsync(Prepared prepared, Plan plan, Draw draw)
    {
        var answer = prepared.Answer!;
        var headers = context.Response.Headers;
        headers[_flavour.RequestIdHeader] = RequestId();
        headers[AnswerDigest.Header] = AnswerDigest.Of(answer);
        var tokens = answer.PromptTokens + answer.CompletionTokens;
        var isTaken = state.Rates.TryTake(Key(), plan.Behaviour.Limits, tokens, out var left);
        AnswerHeaders.AddRates(headers, _flavour, left, time);
        if (!isTaken)
        {
            state.Counters.Failed("limits");
            headers.Remove(AnswerDigest.Header);
            await SendAsync(Problem.RateLimited(_flavour) with { RetryAfter = left.RetryAfter });
            return;
        }

        using var delivery = new Delivery(context, time, plan.Behaviour.SplitUtf8);
        var reply = new Reply(state, plan.Behaviour, draw, prepared.Writer!, answer, delivery);
        await (prepared.Streamed ? reply.StreamAsync() : reply.SendAsync());
    }

    private Prepared Prepare(ReadOnlyMemory<byte> body, Plan plan)
    {
        var isSigned = _flavour.IsAmazon && context.Request.Headers.Authorization.ToString()
            .StartsWith(SignatureCheck.Scheme, StringComparison.Ordinal);
        if ((isSigned ? SignatureCheck.Problem(context, body.Span, time) : Refusal()) is { } refusal)
        {
            return new Prepared(refusal);
        }

        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? Prepare(document.RootElement, plan)
                : new Prepared(NotJson());
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException is what text that is not UTF-8 ends in.
            return new Prepared(NotJson());
        }
    }

    private Prepared Prepare(JsonElement root, Plan plan)
    {
        if (Asks is not null || Generate is { Asks: not GenerateCall.Wish.Content })
        {
            return PrepareWhole(root, plan);
        }

        var (question, problem) = _flavour.IsAnthropic
            ? MessagesRequest.Read(root)
            : Generate is { } call ? GenerateRequest.Read(root, call)
            : Format == ChatFormat.Cohere ? CohereChatRequest.Read(root)
            : Format == ChatFormat.Ollama ? OllamaChatRequest.Read(root)
            : IsResponse ? CreateRequest.Read(root)
            : Converse is { } converse ? ConverseRequest.Read(root, converse)
            : ChatRequest.Read(root, deployment);
        if (question is null)
        {
            return new Prepared(problem);
        }

        if (IsMissing(question.Model))
        {
            return new Prepared(Problem.NoSuchModel(_flavour, question.Model));
        }

        var ids = state.NextIds();
        var answer = AnswerMaker.Make(plan.Seed, question, plan.Behaviour, _flavour);
        IAnswerWriter writer = _flavour.IsAnthropic
            ? new MessagesWriter(_flavour, question, answer, RequestId(), ids)
            : Generate is not null ? new GenerateWriter(_flavour, question, answer, ids)
            : Format == ChatFormat.Cohere ? new CohereChatWriter(answer, ids)
            : Format == ChatFormat.Ollama ? new OllamaChatWriter(question, answer, time)
            : IsResponse ? new ResponseWriter(question, answer, ids, time.GetUtcNow().ToUnixTimeSeconds())
            : Converse is not null ? new ConverseWriter(answer, ids)
            : new ChatWriter(_flavour, question, answer, RequestId(), ids, time.GetUtcNow().ToUnixTimeSeconds());
        return new Prepared(null, answer, writer, question.Stream);
    }

    private Prepared PrepareWhole(JsonElement root, Plan plan)
    {
        if (Generate is { } call)
        {
            var (vectors, vectorWriter, refusal) = EmbedRequest.Read(root, call, plan.Seed);
            return IsMissing(call.Model)
                ? new Prepared(Problem.NoSuchModel(_flavour, call.Model))
                : new Prepared(refusal, vectors, vectorWriter);
        }

        var (request, problem) = Asks == InputWish.Embeddings
            ? InputRequest.ReadEmbeddings(root, deployment)
            : InputRequest.ReadModerations(root);
        if (request is null || IsMissing(request.Model))
        {
            return new Prepared(problem ?? Problem.NoSuchModel(_flavour, request!.Model));
        }

        IAnswerWriter writer = Asks == InputWish.Embeddings
            ? InputWriter.Embeddings(plan.Seed, request, !_flavour.KnowsBase64)
            : InputWriter.Moderations(request, state.NextIds());
        var nothingSaid = new AnswerChoice(PiecedText.Empty, [], Finish.Stop, null);
        return new Prepared(null, new Answer([nothingSaid], request.Tokens, 0), writer);
    }

    private static bool IsMissing(string model) => model.StartsWith("missing-", StringComparison.Ordinal)
        || model.StartsWith("nonexistent", StringComparison.Ordinal);

    private static Problem NotJson() =>
        new(400, "invalid_request_error", null, "The body is not a valid JSON object.");

    /// <summary>Fails as was drawn, where that comes before any answer.</summary>
    public async Task<bool> FailedBeforeAnswerAsync(Failure failure)
    {
        switch (failure.Kind)
        {
            case FailureKind.Status:
                state.Counters.Failed(failure.Name);
                await SendAsync(Problem.Of(_flavour, failure.Status) with
                {
                    RetryAfter = failure.RetryAfter,
                    RetryAfterForm = failure.RetryAfterForm,
                    ShouldRetry = failure.ShouldRetry,
                });
                return true;
            case FailureKind.Quota:
                state.Counters.Failed(failure.Name);
                await SendAsync(Problem.Quota(_flavour));
                return true;
            case FailureKind.Html200 or FailureKind.Html502:
                state.Counters.Failed(failure.Name);
                await SendBodyAsync(failure.Kind == FailureKind.Html200 ? 200 : 502, "text/html; charset=utf-8", Page);
                return true;
            case FailureKind.Silent:
                state.Counters.Failed(failure.Name);
                await Task.Delay(Timeout.InfiniteTimeSpan, time, context.RequestAborted);
                return true;
            case FailureKind.Refuse:
                state.Counters.Failed(failure.Name);
                RawResponse.Reset(context);
                return true;
            default:
                return false;
        }
    }

    private static readonly byte[] Page =
        "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"u8
            .ToArray();

    private string RequestId()
    {
        if (_requestId.Length == 0)
        {
            _requestId = state.NextIds().NextId(_flavour.IsAnthropic ? "req_011" : "req_", 24);
        }

        return _requestId;
    }

    private sealed record Prepared(
        Problem? Problem, Answer? Answer = null, IAnswerWriter? Writer = null, bool Streamed = false);
}

/// <summary>A format that is one provider's own and known by its path.</summary>
internal enum ChatFormat
{
    /// <summary>None of these.</summary>
    Other,
    Cohere,
    Ollama,
}
