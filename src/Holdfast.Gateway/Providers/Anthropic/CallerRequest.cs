using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>Writes a request to Anthropic's Messages API as an OpenAI chat request.</summary>
/// <param name="drop"><see cref="ProviderOptions.DropUnsupported"/></param>
/// <param name="isOpenAi">
/// It is for OpenAI itself, which has new names and refuses unknown fields; everybody else knows the old names.
/// </param>
internal sealed class CallerRequest(bool drop, bool isOpenAi)
{
    private readonly Refusals _refusals = new("OpenAI's API", drop);

    /// <summary>A number for this way of translating: see <see cref="CallRequest.InHub"/>.</summary>
    public int Way { get; } = (drop ? 1 : 0) + (isOpenAi ? 2 : 0);

    /// <exception cref="UnsupportedFieldException">The hub's dialect has no counterpart for what is asked.</exception>
    public CallRequest ToHub(CallRequest call)
    {
        if (call.Operation != Operation.ChatCompletions)
        {
            throw Refusals.Unsupported("model", "tokens are counted by Anthropic's models only");
        }

        using var body = new PooledBuffer(call.Body.Length + 256);
        using var tape = new JsonTape(call.Body.Length);
        var origins = new List<MessageOrigin>();
        try
        {
            Write(new JsonOutput(body), CallerFields.Read(tape.ReadKnown(call.Body.Span), _refusals), call, origins);
        }
        catch (JsonException)
        {
            // The face checks JSON, but not how many values it has.
            throw Refusals.TooLarge();
        }

        return HubRequest.Of(
            call, body, origins, default, call.Headers with { AnthropicBeta = null, AnthropicVersion = null });
    }

    private void Write(JsonOutput output, in CallerFields fields, CallRequest call, List<MessageOrigin> origins)
    {
        HubRequest.Begin(output, call);
        output.BeginArray("messages"u8);
        var messages = new CallerMessages(output, origins, _refusals);
        messages.WriteSystem(fields.System);
        messages.Write(fields.Messages);
        output.EndArray();
        ChatOptions.WriteNumber(
            output, "max_tokens", isOpenAi ? "max_completion_tokens"u8 : "max_tokens"u8, fields.MaxTokens);
        if (call.Stream)
        {
            output.True("stream"u8);
        }

        ChatOptions.WriteNumber(output, "temperature", "temperature"u8, fields.Temperature);
        ChatOptions.WriteNumber(output, "top_p", "top_p"u8, fields.TopP);
        WriteTopK(output, fields.TopK);
        WriteStop(output, fields.StopSequences);
        CallerTools.Write(output, fields.Tools, fields.ToolChoice, _refusals);
        CallerThinking.Write(output, fields, _refusals);
        WriteFormat(output, fields.Format);
        WriteUser(output, fields.Metadata);
        WriteTier(output, fields.ServiceTier);
        output.EndObject();
    }

    private void WriteTopK(JsonOutput output, JsonView topK)
    {
        if (isOpenAi && topK.IsNumber)
        {
            _refusals.Option("top_k");
        }
        else
        {
            ChatOptions.WriteNumber(output, "top_k", "top_k"u8, topK);
        }
    }

    /// <summary>What a provider refused in a chat of ours, by the names of the Messages API.</summary>
    /// <param name="refused">The refusal.</param>
    /// <param name="chat">Ours.</param>
    /// <param name="call">What the caller sent.</param>
    public static UnsupportedFieldException Renamed(
        UnsupportedFieldException refused, CallRequest chat, CallRequest call)
    {
        var field = refused.Field;
        return refused.Named(field switch
        {
            "stop" => "stop_sequences",
            "max_completion_tokens" => "max_tokens",
            "parallel_tool_calls" => "tool_choice.disable_parallel_tool_use",
            "reasoning_effort" => HasEffort(call) ? "output_config.effort" : "thinking",
            "user" => "metadata.user_id",
            _ when field.StartsWith("stop[", StringComparison.Ordinal) => "stop_sequences" + field[4..],
            _ when field.StartsWith("response_format", StringComparison.Ordinal) =>
                field.Replace("response_format", "output_config.format", StringComparison.Ordinal)
                    .Replace(".json_schema", "", StringComparison.Ordinal),
            _ when field.StartsWith("messages", StringComparison.Ordinal) =>
                CallerPlaces.Of(field, chat.Origins, "messages", "system"),
            _ => field.Replace(".function", "", StringComparison.Ordinal)
                .Replace(".parameters", ".input_schema", StringComparison.Ordinal),
        });
    }

    private static bool HasEffort(CallRequest call)
    {
        using var tape = new JsonTape(call.Body.Length);
        return !tape.Read(call.Body.Span).Member("output_config"u8).Member("effort"u8).IsMissing;
    }

    private static void WriteStop(JsonOutput output, JsonView stop)
    {
        if (stop.IsMissing || stop.IsEmpty)
        {
            return;
        }

        if (!stop.IsArray)
        {
            throw Refusals.Invalid("stop_sequences", "it must be an array of strings");
        }

        output.BeginArray("stop"u8);
        var items = stop.Items();
        for (var i = 0; items.Next(); i++)
        {
            output.Value(items.Value.IsString
                ? items.Value
                : throw Refusals.Invalid($"stop_sequences[{i}]", "it must be a string"));
        }

        output.EndArray();
    }

    private static void WriteFormat(JsonOutput output, JsonView format)
    {
        if (format.IsMissing)
        {
            return;
        }

        var schema = format.Member("schema"u8);
        if (!format.Member("type"u8).Says("json_schema"u8) || !schema.IsObject)
        {
            throw Refusals.Invalid("output_config.format", "it must be a json_schema with a schema");
        }

        output.BeginObject("response_format"u8);
        output.Word("type"u8, "json_schema"u8);
        output.BeginObject("json_schema"u8);
        // OpenAI wants a name, and Anthropic's callers give none.
        output.Word("name"u8, "answer"u8);
        output.Value("schema"u8, schema);
        output.True("strict"u8);
        output.EndObject();
        output.EndObject();
    }

    private void WriteUser(JsonOutput output, JsonView metadata)
    {
        if (metadata.IsMissing)
        {
            return;
        }

        if (!metadata.IsObject)
        {
            throw Refusals.Invalid("metadata", "it must be an object");
        }

        var members = metadata.Members();
        while (members.Next())
        {
            if (members.Value.IsMissing)
            {
                continue;
            }

            if (members.Name.SequenceEqual("user_id"u8))
            {
                output.Value("user"u8, members.Value.IsString
                    ? members.Value
                    : throw Refusals.Invalid("metadata.user_id", "it must be a string"));
            }
            else
            {
                _refusals.Option($"metadata.{Encoding.UTF8.GetString(members.Name)}");
            }
        }
    }

    private void WriteTier(JsonOutput output, JsonView tier)
    {
        if (tier.Says("standard_only"u8))
        {
            output.Word("service_tier"u8, "default"u8);
        }
        else if (!tier.IsTextOrMissing)
        {
            throw Refusals.Invalid("service_tier", "it must be a string");
        }
        else if (!tier.IsMissing && !tier.Says("auto"u8))
        {
            _refusals.Option("service_tier", "it must be auto or standard_only");
        }
    }
}
