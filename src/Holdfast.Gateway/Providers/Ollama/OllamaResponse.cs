using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Ollama;

/// <summary>What Ollama answers, taken apart and checked: a whole answer, or one line of a stream.</summary>
internal ref struct OllamaResponse
{
    /// <summary>Not missing: there is nothing else.</summary>
    public JsonView Error;

    public JsonView Model;

    /// <summary>A string, or missing.</summary>
    public JsonView Content;

    /// <summary>A string, or missing.</summary>
    public JsonView Thinking;

    /// <summary>An array of calls that <see cref="OllamaCall.Read"/> takes, or missing.</summary>
    public JsonView Calls;

    /// <summary>An array, or missing.</summary>
    public JsonView Logprobs;

    /// <summary>It is the answer's end.</summary>
    public bool IsDone;

    /// <summary>With the end: the counts, which no other line has.</summary>
    public Usage Usage;

    private JsonView _reason;

    public readonly bool HasCalls => Calls is { IsArray: true, IsEmpty: false };

    /// <summary>OpenAI's word for why it ended.</summary>
    /// <param name="hasCalls">The answer has calls; Ollama's word for that is <c>stop</c> too.</param>
    public readonly ReadOnlySpan<byte> FinishReason(bool hasCalls) =>
        _reason.Says("length"u8) ? "length"u8
        : hasCalls ? "tool_calls"u8
        : "stop"u8;

    /// <exception cref="JsonException">It is not in Ollama's format.</exception>
    public static OllamaResponse Read(JsonView json)
    {
        var response = default(OllamaResponse);
        JsonView message = default, prompt = default, output = default, done = default;
        var members = json.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("model"u8): response.Model = members.Value; break;
                case var name when name.SequenceEqual("message"u8): message = members.Value; break;
                case var name when name.SequenceEqual("done"u8): done = members.Value; break;
                case var name when name.SequenceEqual("done_reason"u8): response._reason = members.Value; break;
                case var name when name.SequenceEqual("prompt_eval_count"u8): prompt = members.Value; break;
                case var name when name.SequenceEqual("eval_count"u8): output = members.Value; break;
                case var name when name.SequenceEqual("logprobs"u8): response.Logprobs = members.Value; break;
                case var name when name.SequenceEqual("error"u8): response.Error = members.Value; break;
            }
        }

        if (response.Error.IsMissing)
        {
            response.IsDone = done.IsTrue;
            response.ReadMessage(message);
            response.Usage = new Usage(TokenCount.Of(prompt), TokenCount.Of(output));
        }

        return response;
    }

    private void ReadMessage(JsonView message)
    {
        var members = message.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("content"u8): Content = members.Value; break;
                case var name when name.SequenceEqual("thinking"u8): Thinking = members.Value; break;
                case var name when name.SequenceEqual("tool_calls"u8): Calls = members.Value; break;
            }
        }

        var isWhole = (Content.IsMissing || Content.IsString) && (Thinking.IsMissing || Thinking.IsString)
            && (Calls.IsMissing || Calls.IsArray) && (Logprobs.IsMissing || Logprobs.IsArray);
        if (!isWhole)
        {
            throw new JsonException("A message lacks its content.");
        }

        // Looked at now, so that nothing is written of a line that isn't good to its end.
        var calls = HasCalls ? Calls.Items() : default;
        while (HasCalls && calls.Next())
        {
            OllamaCall.Read(calls.Value);
        }
    }
}

/// <summary>A tool call of an answer; it comes whole.</summary>
internal ref struct OllamaCall
{
    /// <summary>A string that is not empty, or missing: older versions give none.</summary>
    public JsonView Id;

    /// <summary>A string.</summary>
    public JsonView Name;

    /// <summary>An object, or missing.</summary>
    public JsonView Arguments;

    /// <exception cref="JsonException">It is no call.</exception>
    public static OllamaCall Read(JsonView json)
    {
        if (!json.IsObject)
        {
            throw new JsonException("A call is an object.");
        }

        var function = json.Member("function"u8);
        var call = new OllamaCall
        {
            Id = json.Member("id"u8),
            Name = function.Member("name"u8),
            Arguments = function.Member("arguments"u8),
        };
        call.Id = call.Id.IsString && call.Id.Text.IsEmpty ? default : call.Id;
        var isWhole = (call.Id.IsMissing || call.Id.IsString) && call.Name.IsString
            && (call.Arguments.IsMissing || call.Arguments.IsObject);
        return isWhole ? call : throw new JsonException("A call lacks what it must have.");
    }

    /// <summary>Its id, as a JSON string.</summary>
    /// <param name="ids">Gives one to a call that has none.</param>
    /// <param name="index">Which of the answer's calls.</param>
    public readonly ReadOnlySpan<byte> IdOr(CallIds ids, int index) => Id.IsMissing ? ids.Of(0, index) : Id.Raw;
}
