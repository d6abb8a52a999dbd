using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Responses;

/// <summary>Writes a request to the Responses API as an OpenAI chat request.</summary>
/// <param name="drop"><see cref="ProviderOptions.DropUnsupported"/></param>
internal sealed class ResponsesRequest(bool drop)
{
    private readonly Refusals _refusals = new("the target's chat API", drop);

    /// <summary>A number for this way of translating: see <see cref="CallRequest.InHub"/>.</summary>
    public int Way { get; } = drop ? 1 : 0;

    /// <exception cref="UnsupportedFieldException">A chat has no counterpart for what is asked.</exception>
    public CallRequest ToHub(CallRequest call)
    {
        using var body = new PooledBuffer(call.Body.Length + 256);
        using var repeated = new PooledBuffer(512);
        using var tape = new JsonTape(call.Body.Length);
        var origins = new List<MessageOrigin>();
        try
        {
            var fields = ResponsesFields.Read(tape.ReadKnown(call.Body.Span), _refusals);
            Write(new JsonOutput(body), fields, call, origins);
            ResponseObject.WriteRepeated(new JsonOutput(repeated), fields);
        }
        catch (JsonException)
        {
            // The face checks JSON, but not how many values it has.
            throw Refusals.TooLarge();
        }

        return HubRequest.Of(call, body, origins, repeated.WrittenSpan.ToArray(), call.Headers);
    }

    private void Write(
        JsonOutput output, in ResponsesFields fields, CallRequest call, List<MessageOrigin> origins)
    {
        HubRequest.Begin(output, call);
        output.BeginArray("messages"u8);
        new ResponsesInput(output, origins, _refusals).Write(fields.Instructions, fields.Input);
        output.EndArray();
        ChatOptions.WriteNumber(output, "max_output_tokens", "max_tokens"u8, fields.MaxOutputTokens);
        if (call.Stream)
        {
            output.True("stream"u8);
        }

        ChatOptions.WriteNumber(output, "temperature", "temperature"u8, fields.Temperature);
        ChatOptions.WriteNumber(output, "top_p", "top_p"u8, fields.TopP);
        WriteLogprobs(output, fields);
        ResponsesTools.Write(output, fields, _refusals);
        WriteReasoning(output, fields.Reasoning);
        WriteText(output, fields.Text);
        WriteUser(output, fields);
        WriteTier(output, fields.ServiceTier);
        if (!fields.Metadata.IsMissing && !fields.Metadata.IsObject)
        {
            // It stays here, but the answer repeats it.
            throw Refusals.Invalid("metadata", "it must be an object");
        }

        output.EndObject();
    }

    private static void WriteTier(JsonOutput output, JsonView tier)
    {
        if (!tier.IsMissing && !tier.Says("auto"u8) && !tier.Says("default"u8))
        {
            output.Value("service_tier"u8, tier.IsString
                ? tier
                : throw Refusals.Invalid("service_tier", "it must be a string"));
        }
    }

    /// <summary>
    /// All of <c>include</c> but the probabilities is about tools and stored items that no chat has, or about thoughts
    /// that only their own model can read.
    /// </summary>
    private static void WriteLogprobs(JsonOutput output, in ResponsesFields fields)
    {
        if (!fields.Include.IsMissing && !fields.Include.IsArray)
        {
            throw Refusals.Invalid("include", "it must be an array of strings");
        }

        if (!fields.TopLogprobs.IsMissing && !fields.TopLogprobs.IsNumber)
        {
            throw Refusals.Invalid("top_logprobs", "it must be a number");
        }

        var wanted = fields.TopLogprobs.TryGetInt64(out var top) && top > 0;
        var items = fields.Include.IsMissing ? default : fields.Include.Items();
        for (var i = 0; items.Next(); i++)
        {
            wanted |= items.Value.IsString
                ? items.Value.Says("message.output_text.logprobs"u8)
                : throw Refusals.Invalid($"include[{i}]", "it must be a string");
        }

        if (wanted)
        {
            output.True("logprobs"u8);
            ChatOptions.WriteNumber(output, "top_logprobs", "top_logprobs"u8, fields.TopLogprobs);
        }
    }

    private void WriteReasoning(JsonOutput output, JsonView reasoning)
    {
        if (reasoning.IsMissing)
        {
            return;
        }

        if (!reasoning.IsObject)
        {
            throw Refusals.Invalid("reasoning", "it must be an object");
        }

        var members = reasoning.Members();
        while (members.Next())
        {
            var name = members.Name;
            var value = members.Value;
            if (name.SequenceEqual("effort"u8) && !value.IsMissing)
            {
                output.Value("reasoning_effort"u8, value.IsString
                    ? value
                    : throw Refusals.Invalid("reasoning.effort", "it must be a string"));
            }
            else if (!name.SequenceEqual("effort"u8) && !name.EndsWith("summary"u8) && !value.IsMissing
                && !value.Says("auto"u8) && !value.Says("standard"u8))
            {
                // Thoughts come as the model tells them, so how a summary of them should be changes nothing.
                _refusals.Option($"reasoning.{Encoding.UTF8.GetString(name)}");
            }
        }
    }

    private void WriteText(JsonOutput output, JsonView text)
    {
        if (text.IsMissing)
        {
            return;
        }

        if (!text.IsObject)
        {
            throw Refusals.Invalid("text", "it must be an object");
        }

        var members = text.Members();
        while (members.Next())
        {
            var value = members.Value;
            switch (members.Name)
            {
                case var name when value.IsMissing: break;
                case var name when name.SequenceEqual("format"u8): WriteFormat(output, value); break;
                case var name when name.SequenceEqual("verbosity"u8): WriteVerbosity(output, value); break;
                default: _refusals.Option($"text.{Encoding.UTF8.GetString(members.Name)}"); break;
            }
        }
    }

    private static void WriteVerbosity(JsonOutput output, JsonView verbosity)
    {
        if (!verbosity.Says("medium"u8))
        {
            output.Value("verbosity"u8, verbosity.IsString
                ? verbosity
                : throw Refusals.Invalid("text.verbosity", "it must be a string"));
        }
    }

    private static void WriteFormat(JsonOutput output, JsonView format)
    {
        var type = format.Member("type"u8);
        if (type.Says("text"u8))
        {
            return;
        }

        output.BeginObject("response_format"u8);
        if (type.Says("json_object"u8))
        {
            output.Word("type"u8, "json_object"u8);
        }
        else
        {
            WriteSchema(output, format, type);
        }

        output.EndObject();
    }

    private static void WriteSchema(JsonOutput output, JsonView format, JsonView type)
    {
        var name = format.Member("name"u8);
        var schema = format.Member("schema"u8);
        var description = format.Member("description"u8);
        if (!type.Says("json_schema"u8))
        {
            throw Refusals.Invalid("text.format.type", "it must be text, json_object or json_schema");
        }

        output.Word("type"u8, "json_schema"u8);
        output.BeginObject("json_schema"u8);
        output.Value("name"u8, name.IsString
            ? name
            : throw Refusals.Invalid("text.format.name", "it must be a string"));
        if (!description.IsMissing)
        {
            output.Value("description"u8, description.IsString
                ? description
                : throw Refusals.Invalid("text.format.description", "it must be a string"));
        }

        output.Value("schema"u8, schema.IsObject
            ? schema
            : throw Refusals.Invalid("text.format.schema", "it must be an object"));
        var strict = format.Member("strict"u8);
        if (!strict.IsFlagOrMissing)
        {
            throw Refusals.Invalid("text.format.strict", "it must be true or false");
        }

        if (strict.IsTrue)
        {
            output.True("strict"u8);
        }

        output.EndObject();
    }

    private static void WriteUser(JsonOutput output, in ResponsesFields fields)
    {
        // The newer name for the same thing, which few providers know.
        var user = fields.User.IsMissing ? fields.SafetyIdentifier : fields.User;
        if (!user.IsMissing)
        {
            output.Value("user"u8, user.IsString
                ? user
                : throw Refusals.Invalid(
                    fields.User.IsMissing ? "safety_identifier" : "user", "it must be a string"));
        }
    }
}
