using System.Text;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>
/// The fields of an OpenAI chat request, sorted: those that are carried over, those that may be left out because
/// the answer is the same without them, and those that are refused.
/// </summary>
internal ref struct AnthropicFields
{
    public JsonView Messages;
    public JsonView MaxTokens;
    public JsonView MaxCompletionTokens;
    public JsonView Temperature;
    public JsonView TopP;
    public JsonView TopK;
    public JsonView Thinking;
    public JsonView Stop;
    public JsonView User;
    public JsonView SafetyIdentifier;
    public JsonView ResponseFormat;
    public JsonView Tools;
    public JsonView ToolChoice;
    public JsonView ParallelToolCalls;

    /// <param name="body">The request.</param>
    /// <param name="drop"><see cref="ProviderOptions.DropUnsupported"/></param>
    public static AnthropicFields Read(ReadOnlySpan<byte> body, bool drop)
    {
        var fields = default(AnthropicFields);
        var members = new JsonMembers(body);
        while (members.Next())
        {
            var name = Encoding.UTF8.GetString(members.Name);
            if (!fields.Take(name, members.Value) && !IsWithoutEffect(name, members.Value))
            {
                Refuse(drop, name, "Anthropic has no counterpart for it");
            }
        }

        return fields;
    }

    /// <summary>An option that Anthropic lacks: refused, or left out where the provider is set to do so.</summary>
    public static void Refuse(bool drop, string field, string reason)
    {
        if (!drop)
        {
            throw Unsupported(field, reason);
        }
    }

    public static UnsupportedFieldException Unsupported(string field, string reason) =>
        new(field, $"{field}: {reason}.");

    private bool Take(string name, JsonView value)
    {
        switch (name)
        {
            case "messages": Messages = value; break;
            case "max_tokens": MaxTokens = value; break;
            case "max_completion_tokens": MaxCompletionTokens = value; break;
            case "temperature": Temperature = value; break;
            case "top_p": TopP = value; break;
            case "top_k": TopK = value; break;
            case "thinking": Thinking = value; break;
            case "stop": Stop = value; break;
            case "user": User = value; break;
            case "safety_identifier": SafetyIdentifier = value; break;
            case "response_format": ResponseFormat = value; break;
            case "tools": Tools = value; break;
            case "tool_choice": ToolChoice = value; break;
            case "parallel_tool_calls": ParallelToolCalls = value; break;
            default: return false;
        }

        return true;
    }

    private static bool IsWithoutEffect(string name, JsonView value) => value.IsMissing || name switch
    {
        // Written from what the face found, or about what happens around the answer and not in it.
        "model" or "stream" or "stream_options" or "store" or "metadata"
            or "prompt_cache_key" or "prompt_cache_retention" or "prompt_cache_options" => true,
        "n" => value.TryGetInt64(out var count) && count == 1,
        "logprobs" => value.Raw.SequenceEqual("false"u8),
        "top_logprobs" => value.TryGetInt64(out var top) && top == 0,
        "presence_penalty" or "frequency_penalty" => value.TryGetDouble(out var penalty) && penalty == 0,
        "logit_bias" => value.IsObject && !value.Members().Next(),
        "service_tier" => value.Says("auto"u8) || value.Says("default"u8),
        "modalities" => IsTextOnly(value),
        _ => false,
    };

    private static bool IsTextOnly(JsonView modalities)
    {
        if (!modalities.IsArray)
        {
            return false;
        }

        var items = modalities.Items();
        while (items.Next())
        {
            if (!items.Value.Says("text"u8))
            {
                return false;
            }
        }

        return true;
    }
}
