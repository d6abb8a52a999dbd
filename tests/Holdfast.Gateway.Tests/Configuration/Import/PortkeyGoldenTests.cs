namespace Holdfast.Gateway.Tests.Configuration.Import;

/// <summary>Whole Portkey configs, and everything that an import makes and says of them.</summary>
public class PortkeyGoldenTests
{
    [Fact]
    public void Portkeys_fallback_behind_a_loadbalance_is_imported() => ImportedText.AssertGolden("""
        {
          "strategy": { "mode": "fallback", "on_status_codes": [429, 500, 503, 400] },
          "request_timeout": 10000,
          "retry": { "attempts": 3, "on_status_codes": [429, 502], "use_retry_after_header": true },
          "cache": { "mode": "semantic", "max_age": 3600 },
          "targets": [
            { "strategy": { "mode": "loadbalance" },
              "targets": [
                { "provider": "openai", "api_key": "sk-one", "weight": 0.7, "override_params": { "model": "gpt-4o" } },
                { "provider": "azure-openai", "virtual_key": "azure-virtual-1", "weight": 0.3,
                  "azure_resource_name": "example", "azure_deployment_id": "prod", "override_params": { "model": "gpt-4o", "temperature": 1 } }
              ] },
            { "virtual_key": "anthropic-main-258f4d", "override_params": { "model": "claude-sonnet-4-5" }, "customHost": "https://proxy.example", "weight": 2 },
            { "provider": "@groq-prod", "override_params": { "model": "llama-3.3-70b" } }
          ]
        }
        """,
        "config.json", """
        # Made by holdfast import from a configuration of Portkey.
        # It needs these environment variables:
        #   ANTHROPIC_API_KEY
        #   AZURE_API_KEY
        #   GROQ_PROD_API_KEY
        #   OPENAI_API_KEY
        providers:
          openai:
            type: openai
            apiKey: "${OPENAI_API_KEY}"
          azure:
            type: azure-openai
            apiKey: "${AZURE_API_KEY}"
            baseUrl: "https://example.openai.azure.com"
            deployments:
              gpt-4o: prod
          anthropic:
            type: anthropic
            apiKey: "${ANTHROPIC_API_KEY}"
            baseUrl: "https://proxy.example/v1"
          groq-prod:
            type: groq
            apiKey: "${GROQ_PROD_API_KEY}"
        models:
          gpt-4o:
            strategy: weighted
            failoverOn: [bad_answer, rate_limited, refused, server_error]
            retry:
              maxRetries: 3
              retryableErrors: [bad_answer, rate_limited, refused, server_error]
            targets:
              - provider: openai
                model: gpt-4o
                weight: 0.7
                timeouts:
                  attempt: 10s
              - provider: azure
                model: gpt-4o
                weight: 0.3
                timeouts:
                  attempt: 10s
              - provider: anthropic
                model: claude-sonnet-4-5
                priority: 2
                weight: 0
                timeouts:
                  attempt: 10s
              - provider: groq-prod
                model: llama-3.3-70b
                priority: 3
                weight: 0
                timeouts:
                  attempt: 10s
        cache:
          enabled: true
          ttl: 1h
        """, """
        0: changed: names no model that callers send; it became 'gpt-4o'; choose another name with --model
        0: changed: draws one target by weight; here another one is tried when it fails, and weights follow success and latency
        0: changed: has several targets behind those that are drawn; they have weight 0 and come last, in any order
        2: strategy.on_status_codes[3]: dropped: 400 is the caller's own error or none at all; after it nothing else is tried here
        2: strategy.on_status_codes: changed: became failoverOn: bad_answer, rate_limited, refused, server_error; outcomes stand for several statuses each
        4: retry.on_status_codes: changed: became retryableErrors: bad_answer, rate_limited, refused, server_error; outcomes stand for several statuses each
        5: cache.mode: changed: finds similar prompts; here only exact repeats are found
        9: targets[0].targets[0].api_key: secret: is a secret and was not copied; set the environment variable OPENAI_API_KEY to it
        10: targets[0].targets[1].virtual_key: secret: names a key that Portkey keeps; set the environment variable AZURE_API_KEY to that key
        11: targets[0].targets[1].override_params.temperature: dropped: overrides what callers send; callers send it themselves
        13: targets[1]: changed: doesn't say which provider it is at; by its names it became one of anthropic; check that
        13: targets[1].virtual_key: secret: names a key that Portkey keeps; set the environment variable ANTHROPIC_API_KEY to that key
        13: targets[1].weight: dropped: is a weight outside of a loadbalance
        14: targets[2]: changed: doesn't say which provider it is at; by its names it became one of groq; check that
        14: targets[2].provider: secret: names a key that Portkey keeps; set the environment variable GROQ_PROD_API_KEY to that key
        """);

    [Fact]
    public void Portkeys_conditions_on_the_model_are_imported() => ImportedText.AssertGolden("""
        {
          "strategy": {
            "mode": "conditional",
            "conditions": [
              { "query": { "params.model": { "$eq": "fast" } }, "then": "mini" },
              { "query": { "params.model": { "$in": ["smart", "best"] } }, "then": "two" },
              { "query": { "metadata.user_plan": { "$eq": "paid" } }, "then": "paid" }
            ],
            "default": "mini"
          },
          "targets": [
            { "name": "mini", "provider": "openai", "apiKey": "sk-one", "override_params": { "model": "gpt-4o-mini" }, "openai_organization": "org" },
            { "name": "two", "strategy": { "mode": "loadbalance" }, "targets": [
                { "provider": "bedrock", "aws_region": "eu-west-1", "aws_access_key_id": "AKIA", "override_params": { "model": "nova" } },
                { "strategy": { "mode": "fallback" }, "weight": 3, "targets": [
                    { "provider": "vertex-ai", "vertex_project_id": "p", "vertex_region": "europe-west1", "override_params": { "model": "gemini-2.5-pro" } },
                    { "provider": "anthropic", "api_key": "sk-ant", "override_params": { "model": "claude-sonnet-4-5", "max_tokens": 900 }, "retry": { "attempts": 2 } }
                ] }
            ] },
            { "name": "paid", "provider": "openai", "api_key": "sk-two" }
          ],
          "input_guardrails": ["x"]
        }
        """,
        "config.json", """
        # Made by holdfast import from a configuration of Portkey.
        # It needs these environment variables:
        #   ANTHROPIC_API_KEY
        #   AWS_BEARER_TOKEN_BEDROCK
        #   OPENAI_API_KEY
        #   VERTEX_ACCESS_TOKEN
        providers:
          openai:
            type: openai
            apiKey: "${OPENAI_API_KEY}"
            headers:
              openai-organization: org
          bedrock:
            type: bedrock
            apiKey: "${AWS_BEARER_TOKEN_BEDROCK}"
            region: eu-west-1
          vertex:
            type: vertex
            apiKey: "${VERTEX_ACCESS_TOKEN}"
            region: europe-west1
            project: p
          anthropic:
            type: anthropic
            apiKey: "${ANTHROPIC_API_KEY}"
            defaultMaxTokens: 900
        models:
          fast:
            targets: [openai/gpt-4o-mini]
          smart:
            strategy: weighted
            retry:
              maxRetries: 2
            targets:
              - provider: bedrock
                model: nova
                weight: 1
              - provider: vertex
                model: gemini-2.5-pro
                weight: 3
              - provider: anthropic
                model: claude-sonnet-4-5
                priority: 2
                weight: 0
          best:
            strategy: weighted
            retry:
              maxRetries: 2
            targets:
              - provider: bedrock
                model: nova
                weight: 1
              - provider: vertex
                model: gemini-2.5-pro
                weight: 3
              - provider: anthropic
                model: claude-sonnet-4-5
                priority: 2
                weight: 0
          default:
            targets: [openai/gpt-4o-mini]
        """, """
        7: strategy.conditions[2].query: dropped: asks for something else than the model; give each case a model of its own
        9: strategy.default: changed: became the model 'default': a name that no model has is an error here; have callers send that name
        12: targets[0].apiKey: secret: is a secret and was not copied; set the environment variable OPENAI_API_KEY to it
        13: targets[1]: changed: draws among strategies that have fallbacks; here all of them are behind all that are drawn
        13: targets[1]: changed: draws one target by weight; here another one is tried when it fails, and weights follow success and latency
        14: targets[1].targets[0].aws_access_key_id: dropped: is a sign-in of a cloud, which is not there; give the provider an API key or an access token as apiKey
        17: targets[1].targets[1].targets[1].override_params.max_tokens: changed: overrides what callers send; here it became defaultMaxTokens of anthropic's providers only, which counts when a caller names no limit
        17: targets[1].targets[1].targets[1].api_key: secret: is a secret and was not copied; set the environment variable ANTHROPIC_API_KEY to it
        20: targets[2]: dropped: is called 'paid', and nothing that could be imported leads there
        22: input_guardrails: dropped: checks prompts or answers, which is not there
        """);
}
